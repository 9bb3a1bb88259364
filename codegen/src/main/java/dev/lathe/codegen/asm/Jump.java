package dev.lathe.codegen.asm;

import org.objectweb.asm.Opcodes;

/** Jump instructions; those named {@code IF...} compare one int with 0, those named {@code ICMP...} two ints. */
public enum Jump {
    GOTO(Opcodes.GOTO),
    IFEQ(Opcodes.IFEQ), IFNE(Opcodes.IFNE), IFLT(Opcodes.IFLT), IFGE(Opcodes.IFGE), IFGT(Opcodes.IFGT), IFLE(Opcodes.IFLE),
    ICMPEQ(Opcodes.IF_ICMPEQ), ICMPNE(Opcodes.IF_ICMPNE), ICMPLT(Opcodes.IF_ICMPLT), ICMPGE(Opcodes.IF_ICMPGE),
    ICMPGT(Opcodes.IF_ICMPGT), ICMPLE(Opcodes.IF_ICMPLE);

    final int opcode;

    Jump(int opcode) {
        this.opcode = opcode;
    }
}
