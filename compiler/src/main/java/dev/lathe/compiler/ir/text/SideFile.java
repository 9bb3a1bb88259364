package dev.lathe.compiler.ir.text;

import dev.lathe.compiler.tensor.Tensor;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/** The constants of one printed graph, each once, in the order of the text. */
public final class SideFile implements WeightSink {
    private final Map<String, Tensor> tensors = new LinkedHashMap<>();
    private final Map<Tensor, String> names = new IdentityHashMap<>();

    @Override
    public String put(String wish, Tensor t) {
        String known = names.get(t);
        if (known != null) {
            return known;
        }
        String name = wish;
        for (int i = 1; tensors.containsKey(name); i++) {
            name = wish + "." + i;
        }
        tensors.put(name, t);
        names.put(t, name);
        return name;
    }

    /** By name, to be written. */
    public Map<String, Tensor> tensors() {
        return tensors;
    }
}
