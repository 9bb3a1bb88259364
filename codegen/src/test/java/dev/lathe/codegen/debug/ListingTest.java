package dev.lathe.codegen.debug;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lathe.codegen.emit.ClassEmitter;
import dev.lathe.codegen.emit.Lines;
import dev.lathe.codegen.loop.Expr;
import dev.lathe.codegen.loop.Expr.BinOp;
import dev.lathe.codegen.loop.Kernel;
import dev.lathe.codegen.loop.Scalar;
import dev.lathe.codegen.loop.Stmt;
import dev.lathe.codegen.loop.VType;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ListingTest {
    private static Expr.Lit lit(Scalar s, long bits) {
        return new Expr.Lit(s, bits);
    }

    private static String list(Kernel k, Map<Stmt, Integer> lines) {
        Lines l = new Lines() {
            @Override
            public int stepLine(int flat) {
                return 0;
            }

            @Override
            public int stmtLine(Stmt s) {
                return lines.getOrDefault(s, 0);
            }

            @Override
            public String sourceFile() {
                return "model.lir";
            }
        };
        return Listing.of(ClassEmitter.emitKernels(List.of(k), "test/K", l).get("test/K"), k.name());
    }

    @Test
    void scalarLoop() {
        Expr i = new Expr.Var("i", Scalar.I32.scalar());
        Expr s = new Expr.Var("s", Scalar.F32.scalar());
        Expr k = new Expr.Bin(BinOp.ADD, new Expr.Bin(BinOp.MUL, i, lit(Scalar.I32, 4)), lit(Scalar.I32, 2));
        Stmt mut = new Stmt.Mut("s", lit(Scalar.F32, 0));
        Stmt add = new Stmt.Set("s", new Expr.Fma(new Expr.Load("a", k, Scalar.F32.scalar()), new Expr.Load("b", i, Scalar.F32.scalar()), s));
        Stmt loop = new Stmt.For("i", lit(Scalar.I32, 0), lit(Scalar.I32, 8), 1, List.of(add), false);
        Stmt store = new Stmt.Store("o", lit(Scalar.I32, 0), s);
        Kernel dot = new Kernel("dot", List.of(new Kernel.BufParam("a", Scalar.F32, false), new Kernel.BufParam("b", Scalar.F32, false),
                new Kernel.BufParam("o", Scalar.F32, true)), List.of(), List.of(mut, loop, store), false);
        assertEquals("""
                static dot([FI[FI[FI)V            // source model.lir
                  L3   fconst_0; fstore s
                  L4   iconst_0; istore i
                  @1:
                  L4   iload i; bipush 8; if_icmpge @2
                  L5   aload a; iload a_off; iload i; iconst_4; imul; iadd; iconst_2; iadd; faload; aload b; iload b_off; iload i; iadd; faload; fload s; invokestatic Math.fma(float,float,float); fstore s
                  L4   iinc 1 i; goto @1
                  @2:
                  L6   aload o; iload o_off; fload s; fastore
                  L6   return
                  // 50 bytes
                """, list(dot, Map.of(mut, 3, loop, 4, add, 5, store, 6)));
    }

    @Test
    void vectors() {
        VType t = new VType(Scalar.F32, 8);
        Expr x = new Expr.Load("a", lit(Scalar.I32, 16), t);
        Expr three = new Expr.Splat(lit(Scalar.F32, Float.floatToRawIntBits(3)), 8);
        Stmt store = new Stmt.Store("a", lit(Scalar.I32, 0), new Expr.Select(new Expr.Cmp(Expr.CmpOp.LT, x, three), new Expr.Bin(BinOp.ADD, x, three), x));
        Kernel k = new Kernel("v", List.of(new Kernel.BufParam("a", Scalar.F32, true)), List.of(), List.of(store), false);
        assertEquals("""
                static v([FI)V            // source model.lir
                       iload a_off; ldc -2146435072; if_icmpgt @3
                       iload a_off; istore #2
                  @1:
                       iload #2; ldc -2146435072; if_icmpge @2
                       iinc 1 #2; goto @1
                  @2:
                       return
                  @3:
                       getstatic K.CLASS_f32x8; getstatic FloatVector.SPECIES_256; aload a; iload a_off; bipush 16; iadd; invokestatic FloatVector.fromArray(VectorSpecies,float[],int); invokevirtual Class.cast(Object); checkcast FloatVector; getstatic K.CLASS_f32x8; getstatic FloatVector.SPECIES_256; aload a; iload a_off; bipush 16; iadd; invokestatic FloatVector.fromArray(VectorSpecies,float[],int); invokevirtual Class.cast(Object); checkcast FloatVector; getstatic VectorOperators.ADD; getstatic K.ZERO_f32x8; ldc 3.0f; invokevirtual FloatVector.broadcast(float); invokevirtual FloatVector.lanewise(VectorOperators$Binary,Vector); getstatic K.CLASS_f32x8; getstatic FloatVector.SPECIES_256; aload a; iload a_off; bipush 16; iadd; invokestatic FloatVector.fromArray(VectorSpecies,float[],int); invokevirtual Class.cast(Object); checkcast FloatVector; getstatic VectorOperators.LT; getstatic K.ZERO_f32x8; ldc 3.0f; invokevirtual FloatVector.broadcast(float); invokevirtual FloatVector.compare(VectorOperators$Comparison,Vector); invokevirtual FloatVector.blend(Vector,VectorMask); aload a; iload a_off; invokevirtual FloatVector.intoArray(float[],int)
                       return
                  // 118 bytes
                """, list(k, Map.of()));
    }
}
