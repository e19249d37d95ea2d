package org.unipelt.tensor;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.Tensor;
import org.unipelt.InputException;

/**
 * Reads a pickle as data, and writes one of plain tensors. A pickle is a program for a machine with a stack. This class knows only the instructions that
 * build tables, lists and tensors, and only the Python names listed in {@link #CALLABLE} and {@link #STORAGES}. It
 * executes nothing: a name is compared with the list and never looked up, and any other name or instruction is refused.
 *
 * <p>Values are {@link Map} (insertion order), {@link List}, {@link String}, {@link Long}, {@link BigInteger},
 * {@link Boolean}, null, and {@link StoredTensor}. Memory is proportional to the pickle's length.
 *
 * @see <a href="https://github.com/python/cpython/blob/main/Lib/pickletools.py">the instructions' description</a>
 */
final class Pickle {
    /**
     * The values of several tensors, stored elsewhere.
     *
     * @param key the name of the stored values
     * @param dtype the type of an element
     * @param elements the number of elements
     */
    record Storage(String key, DType dtype, long elements) {}

    /**
     * A tensor as a view of stored values; all numbers count elements.
     *
     * @param storage the values
     * @param offset the position of the first element
     * @param shape the size of each dimension
     * @param stride the distance of neighbours in each dimension
     */
    record StoredTensor(Storage storage, long offset, List<Long> shape, List<Long> stride) {}

    private record Name(String name) {}

    private static final String DICTIONARY = "collections.OrderedDict";
    private static final String TENSOR = "torch._utils._rebuild_tensor_v2";
    private static final String PARAMETER = "torch._utils._rebuild_parameter";

    private static final List<String> CALLABLE = List.of(DICTIONARY, TENSOR, PARAMETER);

    private static final Map<String, DType> STORAGES = Map.of(
            "torch.BoolStorage", DType.BOOL,
            "torch.ByteStorage", DType.U8,
            "torch.CharStorage", DType.I8,
            "torch.ShortStorage", DType.I16,
            "torch.HalfStorage", DType.F16,
            "torch.BFloat16Storage", DType.BF16,
            "torch.IntStorage", DType.I32,
            "torch.FloatStorage", DType.F32,
            "torch.DoubleStorage", DType.F64,
            "torch.LongStorage", DType.I64);

    private static final String CONVERT = "If you trust the file, convert it in Python: load it, then"
            + " model.save_pretrained(folder, safe_serialization=True)";

    /** The longest Python name that is read; those of the lists are far shorter. */
    private static final int LONGEST_NAME = 200;

    /** Marks a position of the stack. */
    private static final Object MARK = new Object();

    private final Path file;
    private final ByteBuffer in;
    private final List<Object> stack = new ArrayList<>();
    private final Map<Integer, Object> memo = new HashMap<>();

    private Pickle(Path file, ByteBuffer in) {
        this.file = file;
        this.in = in;
    }

    /**
     * Reads one value and leaves the buffer behind the pickle's end.
     *
     * @param file the file for messages
     * @throws InputException if the pickle is damaged, or has an instruction or a name that is not listed
     */
    static Object read(Path file, ByteBuffer in) {
        try {
            return new Pickle(file, in.order(ByteOrder.LITTLE_ENDIAN)).run();
        } catch (BufferUnderflowException | IndexOutOfBoundsException e) {
            throw SafetensorsHeader.damaged(file, "its table of tensors is incomplete");
        }
    }

    /**
     * Writes a table of plain tensors, as {@code torch.save} does. The values of the tensor at position i are stored
     * elsewhere, under the key i.
     *
     * @param tensors contiguous tensors by name
     */
    static byte[] write(Map<String, Tensor> tensors) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(new byte[] {(byte) 0x80, 2, '}', '('});
        int key = 0;
        for (Map.Entry<String, Tensor> entry : tensors.entrySet()) {
            Tensor tensor = entry.getValue();
            writeText(out, entry.getKey());
            writeName(out, TENSOR);
            out.write('(');
            out.write('(');
            writeText(out, "storage");
            writeName(out, storageOf(DType.of(tensor)));
            writeText(out, Integer.toString(key++));
            writeText(out, "cpu");
            writeInteger(out, tensor.numel());
            out.writeBytes(new byte[] {'t', 'Q'});
            writeInteger(out, 0);
            writeIntegers(out, tensor.shape());
            writeIntegers(
                    out, LongStream.range(0, tensor.dim()).map(tensor::stride).toArray());
            out.write(0x89);
            writeName(out, DICTIONARY);
            out.writeBytes(new byte[] {')', 'R', 't', 'R'});
        }
        out.writeBytes(new byte[] {'u', '.'});
        return out.toByteArray();
    }

    private static String storageOf(DType dtype) {
        return STORAGES.entrySet().stream()
                .filter(storage -> storage.getValue() == dtype)
                .findFirst()
                .orElseThrow()
                .getKey();
    }

    private static void writeName(ByteArrayOutputStream out, String name) {
        int dot = name.lastIndexOf('.');
        String lines = "c" + name.substring(0, dot) + "\n" + name.substring(dot + 1) + "\n";
        out.writeBytes(lines.getBytes(StandardCharsets.US_ASCII));
    }

    private static void writeText(ByteArrayOutputStream out, String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        out.write('X');
        out.writeBytes(little(Integer.BYTES).putInt(utf8.length).array());
        out.writeBytes(utf8);
    }

    private static void writeIntegers(ByteArrayOutputStream out, long... values) {
        out.write('(');
        for (long value : values) {
            writeInteger(out, value);
        }
        out.write('t');
    }

    private static void writeInteger(ByteArrayOutputStream out, long value) {
        if (value == (int) value) {
            out.write('J');
            out.writeBytes(little(Integer.BYTES).putInt((int) value).array());
        } else {
            out.writeBytes(new byte[] {(byte) 0x8a, Long.BYTES});
            out.writeBytes(little(Long.BYTES).putLong(value).array());
        }
    }

    private static ByteBuffer little(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private Object run() {
        while (true) {
            int instruction = Byte.toUnsignedInt(in.get());
            switch (instruction) {
                case 0x80 -> protocol();
                case '.' -> {
                    return pop();
                }
                case '(' -> stack.add(MARK);
                case ')' -> stack.add(new ArrayList<>());
                case ']' -> stack.add(new ArrayList<>());
                case '}' -> stack.add(new LinkedHashMap<>());
                case 'N' -> stack.add(null);
                case 0x88 -> stack.add(true);
                case 0x89 -> stack.add(false);
                case 'J' -> stack.add((long) in.getInt());
                case 'K' -> stack.add((long) Byte.toUnsignedInt(in.get()));
                case 'M' -> stack.add((long) Short.toUnsignedInt(in.getShort()));
                case 0x8a -> stack.add(integer(bytes(Byte.toUnsignedInt(in.get()))));
                case 'X' -> stack.add(text(bytes(in.getInt())));
                case 'q' -> memo.put(Byte.toUnsignedInt(in.get()), top());
                case 'r' -> memo.put(in.getInt(), top());
                case 'h' -> recall(Byte.toUnsignedInt(in.get()));
                case 'j' -> recall(in.getInt());
                case 't' -> stack.add(marked());
                case 0x85, 0x86, 0x87 -> stack.add(last(instruction - 0x84));
                case 'a' -> append(last(1));
                case 'e' -> append(marked());
                case 's' -> put(last(2));
                case 'u' -> put(marked());
                case 'b' -> build();
                case 'c' -> stack.add(name());
                case 'Q' -> stack.add(storage(pop()));
                case 'R' -> call(pop());
                default ->
                    throw new InputException(file + ": its table of tensors has the instruction 0x"
                            + Integer.toHexString(instruction)
                            + ", which tables written by torch.save do not have; nothing was executed. " + CONVERT);
            }
        }
    }

    private void protocol() {
        int protocol = in.get();
        if (protocol != 2) {
            throw new InputException(file + ": is a pickle of protocol " + protocol
                    + ", but only protocol 2, torch.save's own, is read; nothing was executed. " + CONVERT);
        }
    }

    /** Reads a name. It is a text to compare, and nothing else. */
    private Name name() {
        String name = line() + "." + line();
        if (!CALLABLE.contains(name) && !STORAGES.containsKey(name)) {
            throw new InputException(file + ": names " + name
                    + ", which is not part of a table of plain tensors; nothing was executed. " + CONVERT);
        }
        return new Name(name);
    }

    /** Reads {@code ("storage", type, key, device, elements)}; the old form of the file adds None. */
    private Storage storage(Object id) {
        List<Object> parts = list(id);
        boolean whole = parts.size() == 5 || (parts.size() == 6 && parts.get(5) == null);
        if (!whole || !"storage".equals(parts.get(0)) || !(parts.get(1) instanceof Name type)) {
            throw damaged("it refers to something that is not a tensor's storage");
        }
        DType dtype = STORAGES.get(type.name());
        long elements = number(parts.get(4));
        if (dtype == null || !(parts.get(2) instanceof String key) || elements < 0) {
            throw damaged("it refers to a storage without type, name or size");
        }
        return new Storage(key, dtype, elements);
    }

    private void call(Object arguments) {
        List<Object> given = list(arguments);
        if (!(pop() instanceof Name callable) || !CALLABLE.contains(callable.name())) {
            throw damaged("it calls something that cannot be called");
        }
        stack.add(
                switch (callable.name()) {
                    case DICTIONARY -> dictionary(given);
                    case PARAMETER -> tensor(given.get(0));
                    default -> rebuilt(given);
                });
    }

    private Object dictionary(List<Object> given) {
        if (!given.isEmpty()) {
            throw damaged("it creates a table from something else than tensors");
        }
        return new LinkedHashMap<>();
    }

    private StoredTensor tensor(Object value) {
        if (value instanceof StoredTensor tensor) {
            return tensor;
        }
        throw damaged("it has a parameter that is not a tensor");
    }

    private StoredTensor rebuilt(List<Object> given) {
        if (!(given.get(0) instanceof Storage storage)) {
            throw damaged("it has a tensor without a storage");
        }
        return new StoredTensor(storage, number(given.get(1)), numbers(given.get(2)), numbers(given.get(3)));
    }

    /** Drops the state of a table, which is PyTorch's record of module versions. */
    private void build() {
        pop();
        map(top());
    }

    private void append(List<Object> values) {
        list(top()).addAll(values);
    }

    private void put(List<Object> pairs) {
        Map<Object, Object> map = map(top());
        if (pairs.size() % 2 != 0) {
            throw damaged("its table of tensors has a name without a value");
        }
        for (int i = 0; i < pairs.size(); i += 2) {
            Object key = pairs.get(i);
            // Other keys could contain themselves, and their hash would never end.
            if (!(key instanceof String) && !(key instanceof Long)) {
                throw damaged("its table of tensors has a key that is neither text nor a number");
            }
            map.put(key, pairs.get(i + 1));
        }
    }

    private void recall(int number) {
        if (!memo.containsKey(number)) {
            throw damaged("its table of tensors refers to a value that it does not have");
        }
        stack.add(memo.get(number));
    }

    private Object top() {
        return stack.get(stack.size() - 1);
    }

    private Object pop() {
        return stack.remove(stack.size() - 1);
    }

    /** Takes the last values from the stack, oldest first. */
    private List<Object> last(int count) {
        List<Object> tail = stack.subList(stack.size() - count, stack.size());
        List<Object> values = new ArrayList<>(tail);
        tail.clear();
        return values;
    }

    /** Takes the values above the last mark, and the mark. */
    private List<Object> marked() {
        int at = stack.size() - 1;
        while (stack.get(at) != MARK) {
            at--;
        }
        List<Object> values = last(stack.size() - at - 1);
        pop();
        return values;
    }

    @SuppressWarnings("unchecked")
    private List<Object> list(Object value) {
        if (value instanceof List<?>) {
            return (List<Object>) value;
        }
        throw damaged("its table of tensors has something else in place of a list");
    }

    @SuppressWarnings("unchecked")
    private Map<Object, Object> map(Object value) {
        if (value instanceof Map<?, ?>) {
            return (Map<Object, Object>) value;
        }
        throw damaged("its table of tensors has something else in place of a table");
    }

    private long number(Object value) {
        if (value instanceof Long number) {
            return number;
        }
        throw damaged("its table of tensors has something else in place of a number");
    }

    private List<Long> numbers(Object value) {
        List<Long> numbers = new ArrayList<>();
        for (Object one : list(value)) {
            numbers.add(number(one));
        }
        return Collections.unmodifiableList(numbers);
    }

    /** Returns an integer in two's complement, little-endian: a Long if it fits. */
    private static Object integer(byte[] bytes) {
        for (int i = 0, j = bytes.length - 1; i < j; i++, j--) {
            byte one = bytes[i];
            bytes[i] = bytes[j];
            bytes[j] = one;
        }
        BigInteger value = bytes.length == 0 ? BigInteger.ZERO : new BigInteger(bytes);
        return value.bitLength() < Long.SIZE ? (Object) value.longValue() : value;
    }

    private byte[] bytes(int count) {
        if (count < 0 || count > in.remaining()) {
            throw damaged("its table of tensors is incomplete");
        }
        byte[] bytes = new byte[count];
        in.get(bytes);
        return bytes;
    }

    private String text(byte[] utf8) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(utf8))
                    .toString();
        } catch (CharacterCodingException e) {
            throw damaged("its table of tensors has a text that is not UTF-8");
        }
    }

    private String line() {
        int start = in.position();
        int length = 0;
        while (in.get() != '\n') {
            length++;
        }
        byte[] name = new byte[Math.min(length, LONGEST_NAME)];
        in.get(start, name);
        return new String(name, StandardCharsets.US_ASCII);
    }

    private InputException damaged(String what) {
        return SafetensorsHeader.damaged(file, what);
    }
}
