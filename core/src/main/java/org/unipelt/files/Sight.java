package org.unipelt.files;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.unipelt.InputException;

/** Recognizes common wrong files in place of a model's file by their first bytes. */
public final class Sight {
    /** The number of bytes needed from the start. */
    public static final int LENGTH = 512;

    private static final String PICKLE =
            "is a file from torch.save under another kind's name; a model's weights of that kind are in"
                    + " pytorch_model.bin";

    private static final Pattern WEB_PAGE =
            Pattern.compile("\\s*<(!doctype html|html|head|body|\\?xml|error).*", Pattern.DOTALL);

    private static final Pattern TEXT = Pattern.compile("[\\p{Print}\\s]{16,}");

    /** The start of a kind of file, and its description. */
    private record Kind(String start, String words) {}

    /** Each character stands for one byte. */
    private static final List<Kind> KINDS = List.of(
            new Kind(
                    "version https://git-lfs",
                    "is a git-lfs pointer, not the file itself; run 'git lfs pull' in its folder, or download the"
                            + " file"),
            new Kind("PK\3\4", "is a zip file; unpack it, or, if it is from torch.save, call it pytorch_model.bin"),
            new Kind("\u0080\2", PICKLE),
            new Kind("\u0080\3", PICKLE),
            new Kind("\u0080\4", PICKLE),
            new Kind("\u0080\5", PICKLE),
            new Kind("\u001f\u008b", "is compressed by gzip; unpack it"),
            new Kind("\u0089HDF", "is an HDF5 file; use the model's safetensors file"),
            new Kind("GGUF", "is a GGUF file; use the model's safetensors file"),
            new Kind("\u00ff\u00fe", "is UTF-16; save it as UTF-8"),
            new Kind("\u00fe\u00ff", "is UTF-16; save it as UTF-8"));

    private Sight() {}

    /**
     * Throws an {@link InputException} if a file's bytes start like one of these kinds.
     *
     * @param file the file's name for messages
     * @param bytes the whole file, or its start
     */
    public static void refuse(String file, byte[] bytes) {
        String start = start(bytes);
        if (isSafetensors(start)) {
            return;
        }
        for (Kind kind : KINDS) {
            if (start.startsWith(kind.start())) {
                throw new InputException(file + ": " + kind.words());
            }
        }
        if (WEB_PAGE.matcher(start.toLowerCase(Locale.ROOT)).matches()) {
            throw new InputException(file + ": is a web page, not the file; download the file itself (its address"
                    + " on the model hub contains 'resolve', not 'blob')");
        }
        if (start.length() == LENGTH && start.chars().allMatch(one -> one == 0)) {
            throw new InputException(file + ": starts with zeros only, like a broken download; download it again");
        }
    }

    /**
     * The length of a header in eight bytes, then the header. The bytes of a length of 640 alone look like a pickle.
     */
    private static boolean isSafetensors(String start) {
        return start.length() > 8 && start.startsWith("\0\0\0\0{", 4);
    }

    /** {@link #refuse} for a binary file, which is no text either. */
    public static void refuseText(String file, byte[] bytes) {
        refuse(file, bytes);
        String start = start(bytes);
        if (TEXT.matcher(start).matches()) {
            throw new InputException(file + ": is text, not weights; it starts with '"
                    + start.substring(0, Math.min(60, start.length())).strip() + "'; download it again");
        }
    }

    private static String start(byte[] bytes) {
        return new String(bytes, 0, Math.min(LENGTH, bytes.length), StandardCharsets.ISO_8859_1);
    }
}
