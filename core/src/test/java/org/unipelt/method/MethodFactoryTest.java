package org.unipelt.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.File;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Methods of other libraries on the class path. */
class MethodFactoryTest {
    /** What another library would bring: (IA)³ of keys alone. */
    public static final class KeyScale implements MethodFactory {
        @Override
        public String name() {
            return "key-scale";
        }

        @Override
        public String summary() {
            return "rescaled keys";
        }

        @Override
        public Method of(Options options) {
            options.integer("times", 1, 1, 9);
            return Methods.parse("ia3(on=key)");
        }
    }

    /** One with a name that is in use. */
    public static final class SecondLora implements MethodFactory {
        @Override
        public String name() {
            return "lora";
        }

        @Override
        public String summary() {
            return "another LoRA";
        }

        @Override
        public Method of(Options options) {
            return Methods.parse("ia3");
        }
    }

    @TempDir
    private Path jar;

    @Test
    void aLibraryOnTheClassPathAddsAMethod() throws Exception {
        with(KeyScale.class, methods -> {
            assertThat(methods.getMethod("names").invoke(null))
                    .asInstanceOf(InstanceOfAssertFactories.collection(String.class))
                    .contains("key-scale", "lora");
            assertThat(parse(methods, "key-scale(times=2)")).hasToString("ia3(on=key)");
            assertThat(parse(methods, "unipelt(key-scale,lora)").toString()).startsWith("unipelt(ia3(on=key),lora(");
            assertThatThrownBy(() -> parse(methods, "key-scale(tims=2)"))
                    .cause()
                    .hasMessage("unknown option of key-scale 'tims'; did you mean 'times'?");
        });
    }

    @Test
    void twoMethodsOfOneNameAreRefused() throws Exception {
        with(SecondLora.class, methods -> {
            assertThatThrownBy(() -> parse(methods, "lora"))
                    .cause()
                    .hasMessageContaining("two methods with the name 'lora'")
                    .hasMessageContaining("SecondLora");
            assertThat(parse(methods, "bitfit")).hasToString("bitfit");
        });
    }

    private interface Check {
        void of(Class<?> methods) throws Exception;
    }

    private void with(Class<?> factory, Check check) throws Exception {
        List<URL> classPath = new ArrayList<>(List.of(services(factory)));
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            classPath.add(Path.of(entry).toUri().toURL());
        }
        try (URLClassLoader loader =
                new URLClassLoader(classPath.toArray(URL[]::new), ClassLoader.getPlatformClassLoader())) {
            check.of(loader.loadClass(Methods.class.getName()));
        }
    }

    private URL services(Class<?> factory) throws IOException {
        Path file = jar.resolve("META-INF/services").resolve(MethodFactory.class.getName());
        Files.createDirectories(file.getParent());
        Files.writeString(file, factory.getName());
        return jar.toUri().toURL();
    }

    private static Object parse(Class<?> methods, String text) throws Exception {
        return methods.getMethod("parse", String.class).invoke(null, text);
    }
}
