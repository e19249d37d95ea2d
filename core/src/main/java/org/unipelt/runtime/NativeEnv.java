package org.unipelt.runtime;

import java.nio.charset.StandardCharsets;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;
import org.bytedeco.javacpp.PointerScope;

/**
 * The process's environment table, as native libraries read it when they load.
 *
 * <p>Java can read the environment but not change it, and OpenMP and OpenBLAS take some settings from nowhere else. The
 * C library keeps the table behind the symbol {@code environ}; this class replaces it with a longer copy.
 */
final class NativeEnv {
    private NativeEnv() {}

    /**
     * Adds a variable unless the user has set it.
     *
     * @return whether this call set the variable to {@code value}; also false if the platform does not expose its table
     *     (Windows), which only costs speed
     */
    static boolean putIfAbsent(String name, String value) {
        return System.getenv(name) == null && append(name + "=" + value);
    }

    private static boolean append(String entry) {
        // Loads only JavaCPP's own small library. libtorch must not be loaded yet: it reads the table when it loads.
        Loader.load(org.bytedeco.javacpp.presets.javacpp.class);
        Pointer symbol = Loader.addressof("environ");
        if (symbol == null || symbol.isNull()) {
            return false;
        }
        try (PointerScope scope = new PointerScope()) {
            PointerPointer<Pointer> environ = new PointerPointer<>(symbol);
            Pointer first = environ.get(0);
            if (first == null) {
                return false;
            }
            PointerPointer<Pointer> old = new PointerPointer<>(first);
            int size = 0;
            while (old.get(size) != null) {
                size++;
            }
            // malloc without free: the C library keeps these addresses for the life of the process. Memory that the
            // garbage collector owns would crash getenv() seconds later.
            PointerPointer<Pointer> table =
                    new PointerPointer<>(Pointer.malloc((size + 2L) * Loader.sizeof(Pointer.class)));
            for (int i = 0; i < size; i++) {
                table.put(i, old.get(i));
            }
            byte[] bytes = (entry + "\0").getBytes(StandardCharsets.UTF_8);
            table.put(size, new BytePointer(Pointer.malloc(bytes.length)).put(bytes));
            table.put(size + 1L, (Pointer) null);
            environ.put(0, table);
            return true;
        }
    }
}
