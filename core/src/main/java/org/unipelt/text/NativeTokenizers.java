package org.unipelt.text;

/** Settings of the tokenizers' Java binding (DJL), made before its first class loads. */
final class NativeTokenizers {
    private NativeTokenizers() {}

    /**
     * Keeps the binding off the network: with an NVIDIA card it downloads another build of its library, and on Amazon's
     * machines it reports usage. Variables that the user has set stay unchanged.
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
