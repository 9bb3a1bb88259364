package dev.lathe.codegen.debug;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.Handle;
import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;
import org.objectweb.asm.util.Printer;

/**
 * A method as text, normalised for golden files: no frames, no constant pool, line numbers kept, labels numbered in
 * order, locals by name, the size in bytes at the end.
 */
public final class Listing {
    private Listing() {}

    /**
     * Lists every method of that name.
     *
     * @param method null for all methods
     * @throws IllegalArgumentException when the class has none
     */
    public static String of(byte[] classFile, String method) {
        ClassReader reader = new ClassReader(classFile);
        StringBuilder out = new StringBuilder();
        String[] source = {""};
        ClassWriter sink = new ClassWriter(reader, 0);
        reader.accept(new ClassVisitor(Opcodes.ASM9, sink) {
            @Override
            public void visitSource(String file, String debug) {
                source[0] = file == null ? "" : "            // source " + file;
                super.visitSource(file, debug);
            }

            @Override
            public MethodVisitor visitMethod(int access, String name, String descriptor, String signature, String[] exceptions) {
                MethodVisitor mv = super.visitMethod(access, name, descriptor, signature, exceptions);
                if (method != null && !name.equals(method)) {
                    return mv;
                }
                out.append((access & Opcodes.ACC_STATIC) != 0 ? "static " : "").append(name).append(descriptor).append(source[0]).append('\n');
                return new Printing(mv, out);
            }
        }, 0);
        if (out.length() == 0 && method != null) {
            throw new IllegalArgumentException("no method " + method);
        }
        return out.toString();
    }

    /** One printed thing: an instruction, a label, or the start of a line; a row ends after one that leaves the stack empty. */
    private record Item(String text, Label label, int line, int slot, Label here, boolean ends) {
        Item(String text, Label label, int line, int slot, Label here) {
            this(text, label, line, slot, here, text != null && text.matches("([ilfda]|[ilfda]a)store|.*return|athrow"));
        }
    }

    private record Variable(String name, Label start, Label end, int slot) {}

    private static final class Printing extends MethodVisitor {
        private final StringBuilder out;
        private final List<Item> items = new ArrayList<>();
        private final List<Variable> variables = new ArrayList<>();
        private final Map<Label, Integer> positions = new HashMap<>();
        private final List<Label> targets = new ArrayList<>();
        private int bytes;

        Printing(MethodVisitor mv, StringBuilder out) {
            super(Opcodes.ASM9, mv);
            this.out = out;
        }

        private static String name(int opcode) {
            return Printer.OPCODES[opcode].toLowerCase(Locale.ROOT);
        }

        private void add(String text) {
            items.add(new Item(text, null, -1, -1, null));
        }

        private static String simple(String internal) {
            return internal.substring(internal.lastIndexOf('/') + 1);
        }

        private void target(Label l) {
            if (!targets.contains(l)) {
                targets.add(l);
            }
        }

        @Override
        public void visitInsn(int opcode) {
            add(name(opcode));
            super.visitInsn(opcode);
        }

        @Override
        public void visitIntInsn(int opcode, int operand) {
            add(name(opcode) + " " + operand);
            super.visitIntInsn(opcode, operand);
        }

        @Override
        public void visitVarInsn(int opcode, int slot) {
            items.add(new Item(name(opcode), null, -1, slot, null));
            super.visitVarInsn(opcode, slot);
        }

        @Override
        public void visitIincInsn(int slot, int by) {
            items.add(new Item("iinc " + by, null, -1, slot, null));
            super.visitIincInsn(slot, by);
        }

        @Override
        public void visitTypeInsn(int opcode, String type) {
            add(name(opcode) + " " + simple(type));
            super.visitTypeInsn(opcode, type);
        }

        @Override
        public void visitFieldInsn(int opcode, String owner, String name, String descriptor) {
            add(name(opcode) + " " + simple(owner) + "." + name);
            super.visitFieldInsn(opcode, owner, name, descriptor);
        }

        @Override
        public void visitMethodInsn(int opcode, String owner, String name, String descriptor, boolean itf) {
            StringBuilder d = new StringBuilder();
            for (Type t : Type.getArgumentTypes(descriptor)) {
                d.append(d.length() == 0 ? "" : ",").append(simple(t.getClassName().replace('.', '/')));
            }
            String text = name(opcode) + " " + simple(owner) + "." + name + "(" + d + ")";
            items.add(new Item(text, null, -1, -1, null, descriptor.endsWith(")V")));
            super.visitMethodInsn(opcode, owner, name, descriptor, itf);
        }

        @Override
        public void visitInvokeDynamicInsn(String name, String descriptor, Handle method, Object... args) {
            add("invokedynamic " + name + descriptor);
            super.visitInvokeDynamicInsn(name, descriptor, method, args);
        }

        @Override
        public void visitLdcInsn(Object value) {
            add("ldc " + (value instanceof String s ? "\"" + s + "\"" : value + (value instanceof Float ? "f" : value instanceof Long ? "L" : "")));
            super.visitLdcInsn(value);
        }

        @Override
        public void visitJumpInsn(int opcode, Label label) {
            target(label);
            items.add(new Item(name(opcode), label, -1, -1, null));
            super.visitJumpInsn(opcode, label);
        }

        @Override
        public void visitTableSwitchInsn(int min, int max, Label otherwise, Label... labels) {
            add("tableswitch " + min + ".." + max);
            for (Label l : labels) {
                target(l);
            }
            target(otherwise);
            super.visitTableSwitchInsn(min, max, otherwise, labels);
        }

        @Override
        public void visitLabel(Label label) {
            positions.put(label, items.size());
            items.add(new Item(null, null, -1, -1, label));
            super.visitLabel(label);
        }

        @Override
        public void visitLineNumber(int line, Label start) {
            items.add(new Item(null, null, line, -1, null));
            super.visitLineNumber(line, start);
        }

        @Override
        public void visitLocalVariable(String name, String descriptor, String signature, Label start, Label end, int index) {
            variables.add(new Variable(name, start, end, index));
            super.visitLocalVariable(name, descriptor, signature, start, end, index);
        }

        @Override
        public void visitMaxs(int stack, int locals) {
            Label end = new Label();
            super.visitLabel(end);
            bytes = end.getOffset();
            super.visitMaxs(stack, locals);
        }

        @Override
        public void visitEnd() {
            print();
            super.visitEnd();
        }

        private void print() {
            Map<Label, String> names = new HashMap<>();
            for (Item i : items) {
                if (i.here != null && targets.contains(i.here)) {
                    names.put(i.here, "@" + (names.size() + 1));
                }
            }
            StringBuilder row = new StringBuilder();
            int line = 0;
            for (int at = 0; at < items.size(); at++) {
                Item i = items.get(at);
                if (i.here != null) {
                    if (names.containsKey(i.here)) {
                        flush(row, line);
                        out.append("  ").append(names.get(i.here)).append(":\n");
                    }
                } else if (i.line >= 0) {
                    flush(row, line);
                    line = i.line;
                } else {
                    String text = i.text + (i.label != null ? " " + names.get(i.label) : i.slot >= 0 ? " " + local(i.slot, at) : "");
                    row.append(row.length() == 0 ? "" : "; ").append(text);
                    if (i.ends || i.label != null) {
                        flush(row, line);
                    }
                }
            }
            flush(row, line);
            out.append("  // ").append(bytes).append(" bytes\n");
        }

        private void flush(StringBuilder row, int line) {
            if (row.length() > 0) {
                out.append(String.format(Locale.ROOT, "  %-5s", line == 0 ? "" : "L" + line)).append(row).append('\n');
                row.setLength(0);
            }
        }

        // a store that begins the range of its variable stands just before it
        private String local(int slot, int at) {
            for (Variable v : variables) {
                if (v.slot == slot && positions.get(v.start) <= at + 1 && at < positions.get(v.end)) {
                    return v.name;
                }
            }
            return "#" + slot;
        }
    }
}
