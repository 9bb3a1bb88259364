package dev.lathe.codegen.asm;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;

/**
 * The body of one method, written from front to back. Locals have names, which go to the LocalVariableTable, and
 * live until the scope ends in which they were declared.
 */
public final class Code {
    /** A place to jump to. */
    public static final class Target {
        private final Label label = new Label();
    }

    private record Local(String name, Type type, int slot, Label start) {}

    /** What a class file says of a local that debuggers see. */
    private record Shown(String name, Local local, Label end) {}

    private static final int MANY = 8;

    private final ClassBuilder owner;
    private final MethodVisitor mv;
    private final List<Local> open = new ArrayList<>();
    /** Made when there are {@link #MANY}: most methods have but their parameters. */
    private Map<String, Local> byName;
    private final List<Shown> variableTable = new ArrayList<>();
    private int nextSlot;
    private int line;

    Code(ClassBuilder owner, MethodVisitor mv, String receiver, String descriptor, List<String> params) {
        this.owner = owner;
        this.mv = mv;
        mv.visitCode();
        Label start = new Label();
        mv.visitLabel(start);
        if (receiver != null) {
            declare("this", Type.getObjectType(receiver), start);
        }
        Type[] types = owner.argumentTypes(descriptor);
        for (int i = 0; i < types.length; i++) {
            declare(params.get(i), types[i], start);
        }
    }

    private Local declare(String name, Type type) {
        Label start = new Label();
        mv.visitLabel(start);
        return declare(name, type, start);
    }

    private Local declare(String name, Type type, Label start) {
        if (find(name) != null) {
            throw new IllegalStateException("local " + name + " declared twice");
        }
        Local l = new Local(name, type, nextSlot, start);
        nextSlot += type.getSize();
        open.add(l);
        if (byName != null) {
            byName.put(name, l);
        } else if (open.size() > MANY) {
            byName = new HashMap<>();
            open.forEach(x -> byName.put(x.name, x));
        }
        return l;
    }

    private Local find(String name) {
        if (byName != null) {
            return byName.get(name);
        }
        for (int i = 0; i < open.size(); i++) {
            if (open.get(i).name.equals(name)) {
                return open.get(i);
            }
        }
        return null;
    }

    /** Marks the following instructions as belonging to {@code number}; 0 keeps the line that was. */
    public Code line(int number) {
        if (number > 0 && number != line) {
            line = number;
            Label l = new Label();
            mv.visitLabel(l);
            mv.visitLineNumber(Math.min(number, 65535), l);
        }
        return this;
    }

    /** Opens a scope; what it returns goes to {@link #leave}. */
    public int enter() {
        return open.size();
    }

    /** Ends the scope: locals declared since then are gone and their slots free. */
    public void leave(int scope) {
        Label end = new Label();
        boolean marked = false;
        while (open.size() > scope) {
            Local l = open.remove(open.size() - 1);
            if (byName != null) {
                byName.remove(l.name);
            }
            nextSlot = l.slot;
            if (!l.name.startsWith("$")) {
                if (!marked) {
                    mv.visitLabel(end);
                    marked = true;
                }
                variableTable.add(new Shown(shown(l.name), l, end));
            }
        }
    }

    // a name that a class file may hold
    private static String shown(String name) {
        String s = name;
        for (int i = 0; i < s.length(); i++) {
            if (".;[/<>".indexOf(s.charAt(i)) >= 0) {
                s = s.replace(s.charAt(i), '_');
            }
        }
        return s;
    }

    /** Declares a local and stores the top of the stack in it; names that begin with {@code $} stay out of the LocalVariableTable. */
    public Code declareAndStore(String name, String descriptor) {
        Type t = Type.getType(descriptor);
        mv.visitVarInsn(t.getOpcode(Opcodes.ISTORE), nextSlot);
        declare(name, t);
        return this;
    }

    private Local local(String name) {
        Local l = find(name);
        if (l == null) {
            throw new IllegalStateException("no local " + name);
        }
        return l;
    }

    public Code load(String name) {
        Local l = local(name);
        mv.visitVarInsn(l.type.getOpcode(Opcodes.ILOAD), l.slot);
        return this;
    }

    public Code store(String name) {
        Local l = local(name);
        mv.visitVarInsn(l.type.getOpcode(Opcodes.ISTORE), l.slot);
        return this;
    }

    public Code increment(String name, int by) {
        if (by == (short) by) {
            mv.visitIincInsn(local(name).slot, by);
        } else {
            load(name).push(by).op(Op.IADD).store(name);
        }
        return this;
    }

    public Code push(int v) {
        if (v >= -1 && v <= 5) {
            mv.visitInsn(Opcodes.ICONST_0 + v);
        } else if (v == (byte) v) {
            mv.visitIntInsn(Opcodes.BIPUSH, v);
        } else if (v == (short) v) {
            mv.visitIntInsn(Opcodes.SIPUSH, v);
        } else {
            mv.visitLdcInsn(v);
        }
        return this;
    }

    public Code push(long v) {
        if (v == 0 || v == 1) {
            mv.visitInsn(v == 0 ? Opcodes.LCONST_0 : Opcodes.LCONST_1);
        } else if (v == (short) v) {
            push((int) v).op(Op.I2L);
        } else {
            mv.visitLdcInsn(v);
        }
        return this;
    }

    /** Every bit pattern is kept, but for the payload of NaNs. */
    public Code push(float v) {
        int bits = Float.floatToRawIntBits(v);
        if (bits == 0) {
            mv.visitInsn(Opcodes.FCONST_0);
        } else if (v == 1 || v == 2) {
            mv.visitInsn(v == 1 ? Opcodes.FCONST_1 : Opcodes.FCONST_2);
        } else {
            mv.visitLdcInsn(v);
        }
        return this;
    }

    public Code push(double v) {
        if (Double.doubleToRawLongBits(v) == 0) {
            mv.visitInsn(Opcodes.DCONST_0);
        } else if (v == 1) {
            mv.visitInsn(Opcodes.DCONST_1);
        } else {
            mv.visitLdcInsn(v);
        }
        return this;
    }

    public Code push(String v) {
        mv.visitLdcInsn(v);
        return this;
    }

    /** Pushes the class with this internal name. */
    public Code pushClass(String type) {
        mv.visitLdcInsn(Type.getObjectType(type));
        return this;
    }

    public Code op(Op op) {
        mv.visitInsn(op.opcode);
        return this;
    }

    public Code call(MethodRef m) {
        mv.visitMethodInsn(m.opcode(), m.owner(), m.name(), m.descriptor(), false);
        return this;
    }

    /** Calls a method of an interface. */
    public Code callInterface(String owner, String name, String descriptor) {
        mv.visitMethodInsn(Opcodes.INVOKEINTERFACE, owner, name, descriptor, true);
        return this;
    }

    /** Reads a static field, or a field of the object on the stack. */
    public Code get(FieldRef f) {
        mv.visitFieldInsn(f.opcode(), f.owner(), f.name(), f.descriptor());
        return this;
    }

    /** Writes a static field. */
    public Code put(FieldRef f) {
        mv.visitFieldInsn(Opcodes.PUTSTATIC, f.owner(), f.name(), f.descriptor());
        return this;
    }

    /** Pushes a constant of the class: {@code value} pushes it once, when the class is initialised. */
    public Code constant(String name, String descriptor, Consumer<Code> value) {
        return get(owner.constant(name, descriptor, value));
    }

    /** Checks that the object on the stack is of the class with this internal name or array descriptor. */
    public Code cast(String type) {
        mv.visitTypeInsn(Opcodes.CHECKCAST, type);
        return this;
    }

    /** Pushes a new object of the class with this internal name twice; its constructor takes one of them. */
    public Code create(String type) {
        mv.visitTypeInsn(Opcodes.NEW, type);
        mv.visitInsn(Opcodes.DUP);
        return this;
    }

    /** Pushes a new {@code int[]} of the length on the stack. */
    public Code newInts() {
        mv.visitIntInsn(Opcodes.NEWARRAY, Opcodes.T_INT);
        return this;
    }

    /** Pushes a new array of the length on the stack, of elements of the class with this internal name. */
    public Code newObjects(String type) {
        mv.visitTypeInsn(Opcodes.ANEWARRAY, type);
        return this;
    }

    /** Throws an {@code IllegalArgumentException}. */
    public Code fail(String message) {
        String e = Type.getInternalName(IllegalArgumentException.class);
        mv.visitTypeInsn(Opcodes.NEW, e);
        mv.visitInsn(Opcodes.DUP);
        mv.visitLdcInsn(message);
        mv.visitMethodInsn(Opcodes.INVOKESPECIAL, e, "<init>", "(Ljava/lang/String;)V", false);
        mv.visitInsn(Opcodes.ATHROW);
        return this;
    }

    public Code jump(Jump j, Target to) {
        mv.visitJumpInsn(j.opcode, to.label);
        return this;
    }

    /** Puts {@code t} here. */
    public Code mark(Target t) {
        mv.visitLabel(t.label);
        return this;
    }

    /** Jumps to {@code cases[v - low]}, {@code v} from the stack, or to {@code otherwise}. */
    public Code tableSwitch(int low, List<Target> cases, Target otherwise) {
        Label[] labels = cases.stream().map(t -> t.label).toArray(Label[]::new);
        mv.visitTableSwitchInsn(low, low + labels.length - 1, otherwise.label, labels);
        return this;
    }

    /** Pushes what the caller gives, then runs {@code body} while {@code index < bound} in the shape that javac gives counted loops. */
    public Code countedLoop(String index, Runnable from, Runnable bound, int step, Runnable body) {
        int scope = enter();
        from.run();
        declareAndStore(index, "I");
        Target head = new Target();
        Target exit = new Target();
        mark(head).load(index);
        bound.run();
        jump(Jump.ICMPGE, exit);
        body.run();
        increment(index, step).jump(Jump.GOTO, head).mark(exit);
        leave(scope);
        return this;
    }

    /** Bytes written so far. */
    public int size() {
        Label here = new Label();
        mv.visitLabel(here);
        return here.getOffset();
    }

    /** Ends the method; returns its size in bytes. */
    public int end() {
        int bytes = size();
        leave(0);
        for (Shown s : variableTable) {
            mv.visitLocalVariable(s.name, s.local.type.getDescriptor(), null, s.local.start, s.end, s.local.slot);
        }
        mv.visitMaxs(0, 0);
        mv.visitEnd();
        return bytes;
    }
}
