package dev.lathe.compiler.mnn;

import dev.lathe.compiler.ir.Value;
import java.util.List;

/** Decomposes one MNN operator into core operations; gives its results. */
@FunctionalInterface
public interface OpRow {
    List<Value> read(MnnNode n);
}
