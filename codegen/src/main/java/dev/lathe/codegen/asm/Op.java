package dev.lathe.codegen.asm;

import org.objectweb.asm.Opcodes;

/** The instructions without operand that generated code uses. */
public enum Op {
    POP(Opcodes.POP), DUP(Opcodes.DUP),
    RETURN(Opcodes.RETURN), ARETURN(Opcodes.ARETURN), IRETURN(Opcodes.IRETURN), LRETURN(Opcodes.LRETURN),
    ATHROW(Opcodes.ATHROW), ACONST_NULL(Opcodes.ACONST_NULL),
    IADD(Opcodes.IADD), LADD(Opcodes.LADD), FADD(Opcodes.FADD), DADD(Opcodes.DADD),
    ISUB(Opcodes.ISUB), LSUB(Opcodes.LSUB), FSUB(Opcodes.FSUB), DSUB(Opcodes.DSUB),
    IMUL(Opcodes.IMUL), LMUL(Opcodes.LMUL), FMUL(Opcodes.FMUL), DMUL(Opcodes.DMUL),
    IDIV(Opcodes.IDIV), LDIV(Opcodes.LDIV), FDIV(Opcodes.FDIV), DDIV(Opcodes.DDIV),
    IREM(Opcodes.IREM), LREM(Opcodes.LREM), FREM(Opcodes.FREM), DREM(Opcodes.DREM),
    INEG(Opcodes.INEG), LNEG(Opcodes.LNEG), FNEG(Opcodes.FNEG), DNEG(Opcodes.DNEG),
    IAND(Opcodes.IAND), LAND(Opcodes.LAND), IOR(Opcodes.IOR), LOR(Opcodes.LOR), IXOR(Opcodes.IXOR), LXOR(Opcodes.LXOR),
    ISHL(Opcodes.ISHL), LSHL(Opcodes.LSHL), ISHR(Opcodes.ISHR), LSHR(Opcodes.LSHR),
    IUSHR(Opcodes.IUSHR), LUSHR(Opcodes.LUSHR),
    I2L(Opcodes.I2L), I2F(Opcodes.I2F), I2D(Opcodes.I2D), L2I(Opcodes.L2I), L2F(Opcodes.L2F), L2D(Opcodes.L2D),
    F2I(Opcodes.F2I), F2L(Opcodes.F2L), F2D(Opcodes.F2D), D2I(Opcodes.D2I), D2L(Opcodes.D2L), D2F(Opcodes.D2F),
    LCMP(Opcodes.LCMP), FCMPL(Opcodes.FCMPL), FCMPG(Opcodes.FCMPG), DCMPL(Opcodes.DCMPL), DCMPG(Opcodes.DCMPG),
    IALOAD(Opcodes.IALOAD), LALOAD(Opcodes.LALOAD), FALOAD(Opcodes.FALOAD), DALOAD(Opcodes.DALOAD),
    AALOAD(Opcodes.AALOAD), IASTORE(Opcodes.IASTORE), LASTORE(Opcodes.LASTORE), FASTORE(Opcodes.FASTORE),
    DASTORE(Opcodes.DASTORE), AASTORE(Opcodes.AASTORE);

    final int opcode;

    Op(int opcode) {
        this.opcode = opcode;
    }
}
