package org.unipelt.method;

/**
 * A method that has a name: a kind of method at its defaults, or a combination of several.
 *
 * @param name what users type, e.g. {@code unipelt-al}
 * @param text the method's text, see {@link Methods#parse}
 * @param group what kind of method it is
 * @param summary what it does, in a line of at most 42 characters
 */
public record Preset(String name, String text, Group group, String summary) {
    /** What users choose from, in the order to read it. */
    public enum Group {
        /** Mao et al. 2022. */
        UNIPELT("UniPELT, several methods behind gates (Mao et al. 2022)"),
        /** One idea each. */
        SINGLE("Single methods"),
        /** What every method should beat. */
        BASELINE("Baselines"),
        /** The same without gates. */
        NO_GATE("UniPELT without gates"),
        /** He et al. 2022, with the sizes of their Tables 3 to 6. */
        UNIFIED("Combinations of He et al. 2022"),
        /** What other libraries on the class path add. */
        OTHER("Of other libraries");

        private final String title;

        Group(String title) {
            this.title = title;
        }

        /** A heading for its methods. */
        public String title() {
            return title;
        }
    }
}
