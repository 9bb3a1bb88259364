package dev.lathe.compiler.paddle;

import dev.lathe.codegen.dim.Dim;
import dev.lathe.compiler.ir.Attrs;
import dev.lathe.compiler.ir.GraphBuilder;
import dev.lathe.compiler.ir.Value;
import dev.lathe.compiler.onnx.Building;
import dev.lathe.compiler.onnx.Decomposer;
import dev.lathe.runtime.ElementType;
import java.util.List;

/** Where sequences begin is an input, and a wrong one would move rows silently from one sequence into another. */
record GivenLods(GraphBuilder b, Decomposer decomposer) implements Building {
    /**
     * The places, once they have been found to begin at 0, not to fall, and to end with the number of what they divide.
     *
     * @param of how many rows, or sequences of the level below, there are
     */
    Value checked(String name, Value lod, Dim of, String what) {
        Dim last = lod.dim(0).minus(1);
        Value zero = b.longs(0);
        // each of these is 0 when all is well
        Value first = op("abs", part(lod, 0, Dim.ZERO, Dim.ONE));
        Value end = op("abs", op("sub", part(lod, 0, last, Dim.ONE), reshape(b.dim(of), Dim.ONE)));
        Value falls = op("max", op("sub", part(lod, 0, Dim.ZERO, last), part(lod, 0, Dim.ONE, last)), zero);
        Value most = reduce("max", concat(List.of(first, falls, end), 0), false, 0);
        return op("require", Attrs.of("is", true, "why", "input '" + name + "' must hold where each sequence begins, and the number of " + what
                + " at the end: from 0, never falling (sequences of 3 and 2 are 0, 3, 5)"), lod, op("eq", most, b.scalar(ElementType.I64, 0)));
    }
}
