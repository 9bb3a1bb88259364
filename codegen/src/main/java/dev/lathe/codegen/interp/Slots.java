package dev.lathe.codegen.interp;

import dev.lathe.codegen.loop.Kernel;
import dev.lathe.codegen.loop.VType;
import java.util.HashMap;
import java.util.Map;

/** Numbers the locals of a kernel, one slot for each lane, and its buffers. */
final class Slots {
    private final Kernel kernel;
    private final Map<String, Integer> locals = new HashMap<>();
    private final Map<String, Integer> buffers = new HashMap<>();
    private int size;

    Slots(Kernel kernel) {
        this.kernel = kernel;
        kernel.bufs().forEach(b -> buffers.put(b.name(), buffers.size()));
    }

    int declare(String name, VType type) {
        locals.put(name, size);
        size += type.lanes();
        return size - type.lanes();
    }

    int slot(String name) {
        Integer s = locals.get(name);
        if (s == null) {
            throw new IllegalStateException("kernel " + kernel.name() + " has no local " + name);
        }
        return s;
    }

    int buffer(String name) {
        Integer b = buffers.get(name);
        if (b == null) {
            throw new IllegalStateException("kernel " + kernel.name() + " has no buffer " + name);
        }
        return b;
    }

    int size() {
        return size;
    }
}
