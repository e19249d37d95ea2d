package org.unipelt.interop;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.unipelt.InputException;
import org.unipelt.Words;
import org.unipelt.data.Labels;
import org.unipelt.hub.BaseModel;
import org.unipelt.tensor.Precision;
import org.unipelt.tuned.AdapterCard;
import org.unipelt.tuned.TunedModel;

/** Writes tuned models for other libraries. Any number of threads may call it. */
public final class Export {
    private Export() {}

    /** A form that another library reads. */
    public enum Format {
        /** A folder of Python's {@code peft}. */
        PEFT,
        /** A folder of AdapterHub's {@code adapters}. */
        ADAPTERHUB,
        /** A model of {@code transformers} with the changes in its weights. */
        MERGED,
        /** A file that ONNX Runtime runs. */
        ONNX;

        /** Returns its name in commands. */
        public String text() {
            return Words.of(this);
        }

        /** Returns its name in commands, in help too. */
        @Override
        public String toString() {
            return text();
        }

        /**
         * Returns the format with this name.
         *
         * @throws InputException if there is none
         */
        public static Format named(String name) {
            return Words.constant(Format.class, "format", name);
        }
    }

    /**
     * What a format writes of a model.
     *
     * @param base the base model, which is open
     * @param card all about the model except its tensors
     * @param tensors the trained tensors by this library's names, the head's included, on the CPU
     * @param averageAsTheirs whether a gate that averages over real tokens may become one that averages over padding too
     */
    record Source(BaseModel base, AdapterCard card, Map<String, Tensor> tensors, boolean averageAsTheirs) {}

    /**
     * Writes a model to a new folder. The other library gives the same logits.
     *
     * @param averageAsTheirs whether a gate that averages over a text's real tokens may become one that averages over
     *     padding too, which is AdapterHub's only one: answers then depend on the length of the batch
     * @param folder where; there must be no such folder, or an empty one
     * @throws InputException if the format cannot say what the model does, or the folder cannot be written
     */
    public static void write(TunedModel model, Format format, boolean averageAsTheirs, Path folder) {
        Objects.requireNonNull(model, "model is null");
        Objects.requireNonNull(format, "format is null");
        Objects.requireNonNull(folder, "folder is null");
        requireNew(folder);
        Path whole = folder.toAbsolutePath().normalize();
        Path draft = null;
        try (PointerScope scope = new PointerScope();
                NoGradGuard frozen = new NoGradGuard()) {
            if (whole.getParent() != null) {
                Files.createDirectories(whole.getParent());
            }
            // Not a temporary directory: only its owner could read that.
            draft = Files.createDirectory(
                    whole.resolveSibling("." + whole.getFileName() + "." + UUID.randomUUID() + ".part"));
            Path into = draft;
            model.read((base, tensors) -> {
                if (base.precision() != Precision.F32) {
                    throw new InputException("a model is exported in 32 bits; open its base model with precision f32");
                }
                if (model.labels() instanceof Labels.Tokens) {
                    throw new InputException("a model that finds names in texts is used here alone; format "
                            + format.text() + " has only models that answer for a whole text");
                }
                Source source = new Source(base, model.card(), tensors, averageAsTheirs);
                switch (format) {
                    case PEFT -> ToPeft.write(source, into);
                    case ADAPTERHUB -> ToAdapterHub.write(source, into);
                    case MERGED -> ToCheckpoint.write(source, model::merge, into);
                    case ONNX -> ToOnnx.write(source, into);
                }
            });
            Files.deleteIfExists(whole);
            Files.move(draft, whole);
            draft = null;
        } catch (IOException e) {
            throw new InputException(folder + ": cannot be written: " + e.getMessage() + "; choose another folder", e);
        } finally {
            if (draft != null) {
                remove(draft);
            }
        }
    }

    private static void requireNew(Path folder) {
        try (Stream<Path> content = Files.exists(folder) ? Files.list(folder) : Stream.empty()) {
            if (content.findAny().isPresent()) {
                throw new InputException(folder + " is not empty; choose another folder for the export");
            }
        } catch (IOException e) {
            throw new InputException(folder + " is not a folder; choose another one for the export", e);
        }
    }

    private static void remove(Path draft) {
        try (Stream<Path> content = Files.walk(draft)) {
            for (Path each : content.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(each);
            }
        } catch (IOException e) {
            throw new InputException(draft + ": cannot be removed: " + e.getMessage(), e);
        }
    }
}
