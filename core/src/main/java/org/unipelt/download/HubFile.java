package org.unipelt.download;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * A file of a repository at one commit.
 *
 * @param name its path in the repository, with slashes
 * @param hash names its content: SHA-256 for a large file, Git's SHA-1 for a small one; empty if the file was in the
 *     cache from the start
 * @param size in bytes; -1 if the hub does not say
 * @param cached whether it was in the cache from the start
 */
public record HubFile(String name, String hash, long size, boolean cached) {
    private static final int PIECE = 1 << 20;

    /**
     * Returns whether a file has the content that the hash names. Of a server whose hashes are of another kind, only
     * the size can be checked.
     */
    boolean isContentOf(Path file) throws IOException {
        long length = Files.size(file);
        if (size >= 0 && length != size) {
            return false;
        }
        if (hash.matches("[0-9a-f]{64}")) {
            return hash.equals(digest("SHA-256", "", file));
        }
        // Git hashes a blob behind a header with its length.
        return !hash.matches("[0-9a-f]{40}") || hash.equals(digest("SHA-1", "blob " + length + "\0", file));
    }

    private static String digest(String algorithm, String header, Path file) throws IOException {
        MessageDigest digest;
        try {
            digest = MessageDigest.getInstance(algorithm);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has " + algorithm, e);
        }
        digest.update(header.getBytes(StandardCharsets.US_ASCII));
        try (InputStream in = Files.newInputStream(file)) {
            byte[] piece = new byte[PIECE];
            for (int read = in.read(piece); read >= 0; read = in.read(piece)) {
                digest.update(piece, 0, read);
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }
}
