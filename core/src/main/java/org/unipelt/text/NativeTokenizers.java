package org.unipelt.text;

/** The manners of the tokenizers' Java binding (DJL), set before its first class loads. */
final class NativeTokenizers {
    private NativeTokenizers() {}

    /**
     * Keeps the binding from using the network on its own: where it sees an NVIDIA card it downloads another build of
     * its library, and on Amazon's machines it reports home. Neither is wanted by someone who cuts a sentence into
     * words. What the user has set is left as it is.
     */
    static void prepare() {
        setIfAbsent("RUST_FLAVOR", "cpu");
        setIfAbsent("OPT_OUT_TRACKING", "true");
    }

    private static void setIfAbsent(String name, String value) {
        if (System.getenv(name) == null && System.getProperty(name) == null) {
            System.setProperty(name, value);
        }
    }
}
