package dev.lathe.codegen.text;

import dev.lathe.codegen.program.Const;
import dev.lathe.codegen.program.Program;
import java.util.List;

/** Equality of programs with their constants' contents, which records compare by identity. */
public final class ProgramEquality {
    private ProgramEquality() {}

    public static boolean same(Program a, Program b) {
        return a.name().equals(b.name()) && a.target().equals(b.target()) && a.limits().equals(b.limits())
                && a.buffers().equals(b.buffers()) && same(a.consts(), b.consts()) && a.kernels().equals(b.kernels())
                && a.steps().equals(b.steps()) && a.inputs().equals(b.inputs()) && a.outputs().equals(b.outputs());
    }

    private static boolean same(List<Const> a, List<Const> b) {
        if (a.size() != b.size()) {
            return false;
        }
        for (int i = 0; i < a.size(); i++) {
            Const x = a.get(i);
            Const y = b.get(i);
            if (x.buffer() != y.buffer() || x.file() != y.file() || !DataText.same(x.data(), y.data())) {
                return false;
            }
        }
        return true;
    }
}
