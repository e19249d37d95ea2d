package org.unipelt.tensor;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.DeviceType;
import org.unipelt.InputException;
import org.unipelt.Words;
import org.unipelt.runtime.Engine;

/** The device that holds tensors and computes with them. */
public enum Device {
    /** The processor. */
    CPU(DeviceType.CPU),
    /** The first NVIDIA GPU; needs a build with the profile {@code cuda}. */
    CUDA(DeviceType.CUDA);

    private final DeviceType type;

    Device(DeviceType type) {
        this.type = type;
    }

    /** Returns its name in commands. */
    public String text() {
        return Words.of(this);
    }

    /**
     * Returns the device of that name.
     *
     * @throws InputException if there is none
     */
    public static Device named(String name) {
        Objects.requireNonNull(name, "name is null");
        // Do not suggest the nearest name: for gpu that would be cpu.
        return Arrays.stream(values())
                .filter(device -> device.text().equals(name))
                .findFirst()
                .orElseThrow(() -> new InputException("unknown device '" + name + "'; known: cpu, cuda"));
    }

    /** Returns the device that holds a tensor. */
    public static Device of(Tensor tensor) {
        return tensor.is_cuda() ? CUDA : CPU;
    }

    /**
     * Checks that the device is available.
     *
     * @throws InputException if it is not; the message says what it needs
     */
    public void demand() {
        // Every machine has a CPU, so do not load libtorch yet.
        if (this == CPU) {
            return;
        }
        Engine.start();
        if (!torch.cuda_is_available()) {
            throw InputException.about(
                    "device",
                    "device cuda: libtorch finds no GPU; it needs Linux on x86-64, an NVIDIA driver with CUDA 13"
                            + " and cuDNN 9, and a build with 'mvn -Pcuda -pl cli -am package'; or use cpu");
        }
    }

    /** Returns the tensor on this device: itself if it is there already, else a copy. */
    public Tensor move(Tensor tensor) {
        return of(tensor) == this
                ? tensor
                : tensor.to(
                        new org.bytedeco.pytorch.Device(type),
                        tensor.scalar_type(),
                        false,
                        false,
                        new MemoryFormatOptional());
    }

    /** Returns the weights on this device, sharing tensors that are there already. Close both weights. */
    public Weights move(Weights weights) {
        try (PointerScope scope = new PointerScope();
                NoGradGuard frozen = new NoGradGuard()) {
            Map<String, Tensor> moved = new LinkedHashMap<>();
            weights.asMap().forEach((name, tensor) -> moved.put(name, move(tensor)));
            return Weights.of(moved);
        }
    }

    DeviceType type() {
        return type;
    }
}
