package org.unipelt.tuned;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.zip.CRC32C;
import java.util.zip.CheckedInputStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.unipelt.InputException;
import org.unipelt.hub.BaseModel;
import org.unipelt.method.Method;
import org.unipelt.method.Parameter;
import org.unipelt.tensor.DType;
import org.unipelt.tensor.Safetensors;
import org.unipelt.tensor.Weights;

/**
 * A tuned model's folder: {@value #CARD} describes it, {@value #WEIGHTS} holds its tensors without the base model's.
 */
public final class AdapterDirectory {
    /** The file that is written last. */
    public static final String CARD = "adapter.json";
    /** The file of the trained tensors. */
    public static final String WEIGHTS = "adapter.safetensors";
    /** The format in the metadata of {@value #WEIGHTS}. */
    private static final String TENSORS = "unipelt-adapter-1";

    /** The file of an unfinished training. */
    public static final String RUN = "run.json";

    private AdapterDirectory() {}

    /** Returns whether a folder holds a complete tuned model: the card is written last. */
    public static boolean isOne(Path folder) {
        return Files.exists(folder.resolve(CARD));
    }

    /** Saves a model; returns the card as saved. */
    static AdapterCard save(Path folder, Supplier<Map<String, Tensor>> tensors, AdapterCard card) {
        if (isOne(folder)) {
            throw new InputException(
                    folder + ": already holds a tuned model; choose another folder or remove this one");
        }
        create(folder);
        Path weights = folder.resolve(WEIGHTS);
        try (PointerScope scope = new PointerScope();
                NoGradGuard frozen = new NoGradGuard()) {
            Safetensors.write(weights, tensors.get(), Map.of("format", TENSORS));
        }
        AdapterCard saved = card.withChecksum(checksum(weights));
        AdapterFile.write(folder.resolve(CARD), saved);
        return saved;
    }

    /**
     * Creates a folder and its parents.
     *
     * @throws InputException if the OS refuses
     */
    public static void create(Path folder) {
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            String reason = e instanceof FileSystemException fault && fault.getReason() != null
                    ? fault.getReason()
                    : "the OS refuses " + e.getMessage();
            throw new InputException(folder + ": cannot be created: " + reason + "; choose another folder", e);
        }
    }

    private static String checksum(Path file) {
        CRC32C crc = new CRC32C();
        try (CheckedInputStream in = new CheckedInputStream(Files.newInputStream(file), crc)) {
            in.transferTo(java.io.OutputStream.nullOutputStream());
        } catch (IOException e) {
            throw new InputException(file + ": cannot be read: " + e.getMessage(), e);
        }
        return HexFormat.of().toHexDigits((int) crc.getValue());
    }

    static AdapterCard card(Path folder) {
        if (!Files.isDirectory(folder)) {
            throw new InputException(folder + ": there is no such folder; give the folder of a tuned model");
        }
        if (!isOne(folder)) {
            throw new InputException(folder + ": holds no " + CARD
                    + (Files.exists(folder.resolve(RUN))
                            ? "; its training is not finished: unipelt train --resume " + folder
                            : "; give the folder of a tuned model"));
        }
        return AdapterFile.read(folder.resolve(CARD));
    }

    static TunedModel load(Path folder, AdapterCard card, BaseModel base) {
        if (!card.base().fingerprint().equals(base.fingerprint())) {
            throw new InputException(folder + ": was tuned on base model '"
                    + card.base().name() + "' with fingerprint "
                    + card.base().fingerprint() + ", but '" + base.name() + "' has fingerprint " + base.fingerprint()
                    + "; give the model that it was tuned on");
        }
        card.base()
                .reading()
                .flatMap(then -> base.reading().changedSince(then, base.name()))
                .ifPresent(changed -> {
                    throw new InputException(folder + ": " + changed + "; give the original base model");
                });
        try {
            card.inference().requireFits(base);
        } catch (InputException e) {
            throw new InputException(folder.resolve(CARD) + ": " + e.getMessage(), e);
        }
        Path file = folder.resolve(WEIGHTS);
        if (!Files.exists(file)) {
            throw new InputException(file + ": is missing; the folder is incomplete");
        }
        Method method = card.method().saved();
        Weights adapterWeights;
        try (Weights read = Safetensors.read(file)) {
            check(file, read, card.task().parameters(base.backbone(), method, card.inference()));
            read.requireFinite(file.toString());
            if (!checksum(file).equals(card.checksum())) {
                throw new InputException(file + ": does not belong to the " + CARD
                        + " beside it (checksum differs); it has changed or is damaged");
            }
            adapterWeights = base.backbone().compute().move(read);
        }
        try {
            return TunedModel.of(base, method, adapterWeights, card);
        } catch (InputException e) {
            adapterWeights.close();
            throw e;
        }
    }

    /** Checks that the file has exactly the tensors that the method and the head need, with their shapes. */
    private static void check(Path file, Weights weights, List<Parameter> parameters) {
        Map<String, Parameter> expected = new LinkedHashMap<>();
        parameters.forEach(parameter -> expected.put(parameter.name(), parameter));
        for (String name : weights.names()) {
            Parameter parameter = expected.get(name);
            if (parameter == null) {
                throw new InputException(file + ": "
                        + InputException.unknown("tensor", name, expected.keySet())
                                .getMessage());
            }
            Tensor tensor = weights.get(name);
            if (DType.of(tensor) != DType.F32) {
                throw new InputException(file + ": tensor '" + name + "' has the type " + DType.of(tensor)
                        + ", but trained tensors are F32");
            }
            List<Long> shape = Arrays.stream(tensor.shape()).boxed().toList();
            if (!shape.equals(parameter.shape())) {
                throw new InputException(file + ": tensor '" + name + "' has shape " + shape + ", but its method needs "
                        + parameter.shape());
            }
        }
        TreeSet<String> missing = new TreeSet<>(expected.keySet());
        missing.removeAll(weights.names());
        if (!missing.isEmpty()) {
            throw new InputException(file + ": tensor '" + missing.first() + "' is missing");
        }
    }
}
