package org.unipelt.tensor;

import org.bytedeco.pytorch.CompilationUnit;
import org.bytedeco.pytorch.Dispatcher;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.OperatorHandle;
import org.bytedeco.pytorch.QualifiedName;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * An operator of libtorch that has no Java method, called through libtorch's dispatcher. Nothing checks the arguments before
 * the call: one of a wrong kind may end the JVM. So whoever calls one tries it once with numbers that it knows.
 */
final class Operator {
    private final OperatorHandle handle;

    private Operator(OperatorHandle handle) {
        this.handle = handle;
    }

    /**
     * The operator of that name, e.g. {@code mkldnn::_linear_pointwise}.
     *
     * @throws RuntimeException if this build of libtorch lacks it
     */
    static Operator named(String name) {
        OperatorHandle found = Dispatcher.singleton().findSchemaOrThrow(name, "");
        found.retainReference();
        return new Operator(found);
    }

    /**
     * The value of an expression of TorchScript: for arguments whose types have no Java class.
     *
     * @param type e.g. {@code List[Optional[number]]}
     */
    static IValue value(String type, String expression) {
        CompilationUnit unit =
                torch.compile("def value() -> " + type + ":\n  it : " + type + " = " + expression + "\n  return it\n");
        IValue value = unit.get_function(new QualifiedName("value")).apply(new IValueVector());
        value.retainReference();
        return value;
    }

    /** No value, for an argument that may be left out. */
    static IValue none() {
        return new IValue();
    }

    /** Calls it. The result belongs to the current scope. */
    Tensor tensor(IValueVector arguments) {
        handle.callBoxed(arguments);
        // toTensor gives a reference into the list, which may be freed first.
        return new Tensor(arguments.get(0).toTensor());
    }

    /** Calls it with these arguments. The result belongs to the current scope. */
    Tensor tensor(IValue... arguments) {
        return tensor(arguments(arguments));
    }

    /** A list of arguments. */
    static IValueVector arguments(IValue... arguments) {
        return new IValueVector(arguments);
    }
}
