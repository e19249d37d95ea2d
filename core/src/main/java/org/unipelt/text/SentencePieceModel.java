package org.unipelt.text;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.WireFormat;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.unipelt.InputException;
import org.unipelt.files.WholeFile;

/**
 * A file of SentencePiece (Kudo and Richardson 2018): pieces of words with their scores, and the table of character
 * replacements. Only the fields below are read; the numbers are those of <a
 * href="https://github.com/google/sentencepiece/blob/master/src/sentencepiece_model.proto">sentencepiece_model.proto</a>.
 *
 * @param pieces in the order of their ids
 * @param characters the replacements as {@code tokenizer.json} has them, before Base64; empty if there are none
 * @param unknown the id of the piece for what no piece covers
 */
// The bytes are handed on once and never compared.
@SuppressWarnings("ArrayRecordComponent")
record SentencePieceModel(List<Piece> pieces, byte[] characters, int unknown) {
    private static final int MODEL_PIECES = 1;
    private static final int MODEL_TRAINER = 2;
    private static final int MODEL_NORMALIZER = 3;
    private static final int PIECE_TEXT = 1;
    private static final int PIECE_SCORE = 2;
    private static final int PIECE_KIND = 3;
    private static final int TRAINER_MODEL = 3;
    private static final int TRAINER_BYTE_FALLBACK = 35;
    private static final int TRAINER_UNKNOWN = 40;
    private static final int NORMALIZER_CHARACTERS = 2;

    private static final int UNIGRAM = 1;
    private static final int NORMAL = 1;
    private static final int CONTROL = 3;
    private static final int USER_DEFINED = 4;

    /**
     * A piece.
     *
     * @param score its log-probability
     * @param kind a constant of the file's format
     */
    record Piece(String text, float score, int kind) {
        /** Returns whether it is found in a text before the text is split. */
        boolean isAdded() {
            return kind == CONTROL || kind == USER_DEFINED;
        }
    }

    /** Reads a field of a message. */
    private interface Field {
        void read(CodedInputStream in, int tag) throws IOException;
    }

    /**
     * Reads a file.
     *
     * @throws InputException if it is no such file, or does not hold unigrams
     */
    static SentencePieceModel read(Path file) {
        byte[] bytes = WholeFile.bytes(file, WholeFile.LIST);
        List<Piece> pieces = new ArrayList<>();
        byte[][] characters = {new byte[0]};
        int[] unknown = {0};
        try {
            fields(CodedInputStream.newInstance(bytes), (in, tag) -> {
                switch (WireFormat.getTagFieldNumber(tag)) {
                    case MODEL_PIECES -> pieces.add(piece(message(in, tag), file, pieces.size()));
                    case MODEL_TRAINER -> trainer(message(in, tag), file, unknown);
                    case MODEL_NORMALIZER ->
                        fields(message(in, tag), (normalizer, field) -> {
                            if (WireFormat.getTagFieldNumber(field) == NORMALIZER_CHARACTERS) {
                                characters[0] = normalizer.readByteArray();
                            } else {
                                normalizer.skipField(field);
                            }
                        });
                    default -> in.skipField(tag);
                }
            });
        } catch (InvalidProtocolBufferException e) {
            throw new InputException(file + " is not a SentencePiece model or is damaged; download it again", e);
        } catch (IOException e) {
            throw new UncheckedIOException("bytes in memory can be read", e);
        }
        if (pieces.isEmpty()) {
            throw new InputException(file + " holds no pieces, so it is not a SentencePiece model; download it again");
        }
        return new SentencePieceModel(List.copyOf(pieces), characters[0], unknown[0]);
    }

    private static Piece piece(CodedInputStream message, Path file, int id) throws IOException {
        String[] text = {""};
        float[] score = {0};
        int[] kind = {NORMAL};
        fields(message, (in, tag) -> {
            switch (WireFormat.getTagFieldNumber(tag)) {
                case PIECE_TEXT -> text[0] = in.readStringRequireUtf8();
                case PIECE_SCORE -> score[0] = in.readFloat();
                case PIECE_KIND -> kind[0] = in.readEnum();
                default -> in.skipField(tag);
            }
        });
        if (!Float.isFinite(score[0])) {
            throw new InputException(file + ": the score of piece " + id + " is " + score[0] + "; download it again");
        }
        return new Piece(text[0], score[0], kind[0]);
    }

    private static void trainer(CodedInputStream message, Path file, int[] unknown) throws IOException {
        fields(message, (in, tag) -> {
            switch (WireFormat.getTagFieldNumber(tag)) {
                case TRAINER_MODEL -> {
                    if (in.readEnum() != UNIGRAM) {
                        throw new InputException(
                                file + ": only unigrams are supported, not SentencePiece's other models;" + " save "
                                        + Tokenizer.JSON_FILE + " in Python");
                    }
                }
                case TRAINER_BYTE_FALLBACK -> {
                    if (in.readBool()) {
                        throw new InputException(file + ": byte_fallback is true; only false is supported");
                    }
                }
                case TRAINER_UNKNOWN -> unknown[0] = in.readInt32();
                default -> in.skipField(tag);
            }
        });
    }

    private static CodedInputStream message(CodedInputStream in, int tag) throws IOException {
        if (WireFormat.getTagWireType(tag) != WireFormat.WIRETYPE_LENGTH_DELIMITED) {
            throw new InvalidProtocolBufferException("a message is expected");
        }
        return CodedInputStream.newInstance(in.readByteArray());
    }

    private static void fields(CodedInputStream in, Field field) throws IOException {
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            field.read(in, tag);
        }
    }
}
