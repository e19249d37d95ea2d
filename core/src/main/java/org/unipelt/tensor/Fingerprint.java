package org.unipelt.tensor;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.TreeSet;
import java.util.zip.CRC32C;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * A short name for the values of a set of weights. The same weights have the same fingerprint, whatever file they come
 * from; one changed bit changes it.
 *
 * <p>It is SHA-256 over each tensor's name, type, shape and CRC-32C, in the order of the names. Processors compute
 * CRC-32C at memory speed, so every load can check even a large model. It guards against mix-ups, not against
 * deception.
 */
public final class Fingerprint {
    private Fingerprint() {}

    /** Returns the fingerprint as 64 hexadecimal digits. The tensors must be on the CPU and contiguous. */
    public static String of(Weights weights) {
        return of(weights, "");
    }

    /** Returns the fingerprint of weights and a text that belongs to them. */
    public static String of(Weights weights, String text) {
        MessageDigest digest;
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
        for (String name : new TreeSet<>(weights.names())) {
            Tensor tensor = weights.get(name);
            DType type = DType.of(tensor);
            boolean converted = type.isFloating() && type != DType.F32;
            String line = name
                    + '\0'
                    + (converted ? DType.F32 : type)
                    + '\0'
                    + Arrays.toString(tensor.shape())
                    + '\0'
                    + Long.toHexString(converted ? in32Bits(tensor) : checksum(tensor))
                    + '\n';
            digest.update(line.getBytes(StandardCharsets.UTF_8));
        }
        digest.update(text.getBytes(StandardCharsets.UTF_8));
        return HexFormat.of().formatHex(digest.digest());
    }

    private static long in32Bits(Tensor tensor) {
        try (PointerScope scope = new PointerScope()) {
            return checksum(tensor.to(ScalarType.Float));
        }
    }

    private static long checksum(Tensor tensor) {
        CRC32C crc = new CRC32C();
        for (long done = 0; done < tensor.nbytes(); done += TensorMemory.CHUNK) {
            crc.update(TensorMemory.bytes(tensor, done));
        }
        return crc.getValue();
    }
}
