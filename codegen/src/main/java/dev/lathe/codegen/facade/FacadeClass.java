package dev.lathe.codegen.facade;

import dev.lathe.codegen.asm.ClassBuilder;
import dev.lathe.codegen.asm.Code;
import dev.lathe.codegen.asm.FieldRef;
import dev.lathe.codegen.asm.MethodRef;
import dev.lathe.codegen.asm.Op;
import dev.lathe.runtime.Datum;
import dev.lathe.runtime.ModelOptions;
import dev.lathe.runtime.Tensor;
import dev.lathe.runtime.TypedModel;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Writes the typed class of a model, and the nested one that holds several outputs. */
public final class FacadeClass {
    private static final String BASE = "dev/lathe/runtime/TypedModel";
    private static final String OUTPUTS = BASE + "$Outputs";
    private static final String DATUM = "dev/lathe/runtime/Datum";
    private static final String OPTIONS = "Ldev/lathe/runtime/ModelOptions;";
    private static final String STRING = "Ljava/lang/String;";
    private static final MethodRef RUN_ALL = MethodRef.ofVirtual(TypedModel.class, "runAll", Datum[].class, Datum[].class);
    private static final MethodRef TENSOR = MethodRef.ofVirtual(TypedModel.class, "tensor", Tensor.class, int.class, Object.class, int[].class);
    private static final MethodRef PICTURE = MethodRef.ofVirtual(TypedModel.class, "picture", Tensor.class, int.class, byte[].class, int.class, int.class);
    private static final MethodRef ELEMENTS = MethodRef.ofStatic(TypedModel.class, "elements", Object.class, Datum.class);
    private static final MethodRef STRINGS = MethodRef.ofStatic(TypedModel.class, "strings", String[].class, Datum.class);
    private static final MethodRef LINES = MethodRef.ofStatic(TypedModel.class, "lines", List.class, String[].class);

    private final Facade f;
    private final String self;
    private final String result;
    private final ClassBuilder c;

    private FacadeClass(Facade f) {
        this.f = f;
        this.self = f.internalName();
        this.result = f.resultName() == null ? null : self + "$" + f.resultName();
        this.c = new ClassBuilder(self, BASE, f.simpleName() + ".java");
    }

    /** The classes, by name. */
    public static Map<String, byte[]> write(Facade f) {
        return new FacadeClass(f).write();
    }

    private Map<String, byte[]> write() {
        Map<String, byte[]> classes = new TreeMap<>();
        f.constants().forEach((constant, is) -> c.publicConstant(constant, is.value()));
        c.publicConstant("SIGNATURE", f.signature());
        if (!f.labels().isEmpty()) {
            c.publicConstant("LABELS", "Ljava/util/List;", "Ljava/util/List<Ljava/lang/String;>;", this::labels);
        }
        int publicStatic = Modifier.PUBLIC | Modifier.STATIC;
        c.method(Modifier.PRIVATE, "<init>", "(" + OPTIONS + ")V", List.of("options")).load("this").pushClass(self).load("options")
                .call(special(BASE, "(Ljava/lang/Class;" + OPTIONS + ")V")).op(Op.RETURN).end();
        c.method(publicStatic, "load", "()L" + self + ";", List.of()).create(self).get(FieldRef.of(ModelOptions.class, "DEFAULT", ModelOptions.class))
                .call(special(self, "(" + OPTIONS + ")V")).op(Op.ARETURN).end();
        c.method(publicStatic, "load", "(" + OPTIONS + ")L" + self + ";", List.of("options")).create(self).load("options")
                .call(special(self, "(" + OPTIONS + ")V")).op(Op.ARETURN).end();
        f.runs().forEach(this::run);
        c.method(publicStatic, "main", "([" + STRING + ")V", List.of("args")).get(FieldRef.namedStatic("java/lang/System", "out", "Ljava/io/PrintStream;"))
                .push(f.signature()).call(MethodRef.namedVirtual("java/io/PrintStream", "println", "(" + STRING + ")V")).op(Op.RETURN).end();
        if (result != null) {
            c.nested(result, self, f.resultName(), false);
            classes.put(result.replace('/', '.'), result());
        }
        classes.put(f.id(), c.toBytes());
        return classes;
    }

    private static MethodRef special(String owner, String descriptor) {
        return MethodRef.namedConstructor(owner, descriptor);
    }

    private void labels(Code code) {
        List<String> parts = f.labelParts();
        code.push(parts.size()).newObjects("java/lang/String");
        for (int i = 0; i < parts.size(); i++) {
            code.op(Op.DUP).push(i).push(parts.get(i)).op(Op.AASTORE);
        }
        code.call(LINES);
    }

    /** The descriptor of what a run gives. */
    private String given(Facade.Run r) {
        if (result != null) {
            return "L" + result + ";";
        }
        Facade.Port out = f.outputs().get(0);
        return r.whole() ? "L" + out.wholeType() + ";" : out.descriptor();
    }

    private void run(Facade.Run r) {
        StringBuilder descriptor = new StringBuilder("(");
        List<String> names = new ArrayList<>();
        for (Facade.Param p : r.inputs()) {
            descriptor.append(p.descriptor());
            names.add(p.name());
        }
        for (String e : r.extents().values()) {
            descriptor.append('I');
            names.add(e);
        }
        Code code = c.method(Modifier.PUBLIC, "run", descriptor.append(')').append(given(r)).toString(), names);
        if (result != null) {
            code.create(result);
        }
        code.load("this").push(f.inputs().size()).newObjects(DATUM);
        for (int i = 0; i < f.inputs().size(); i++) {
            code.op(Op.DUP).push(i);
            input(code, r, i);
            code.op(Op.AASTORE);
        }
        code.call(RUN_ALL);
        if (result != null) {
            code.call(special(result, "([L" + DATUM + ";)V"));
        } else {
            value(code.push(0).op(Op.AALOAD), f.outputs().get(0), r.whole());
        }
        code.op(Op.ARETURN).end();
    }

    private void input(Code code, Facade.Run r, int i) {
        Facade.Port p = f.inputs().get(i);
        if (r.takes(p, f.picture())) {
            code.load("this").push(i).load(p.java()).load(r.width()).load(r.height()).call(PICTURE);
            return;
        }
        if (r.whole() || !p.isTensor()) {
            code.load(p.java());
            return;
        }
        code.load("this").push(i).load(p.java()).push(p.dims().size()).newInts();
        for (int k = 0; k < p.dims().size(); k++) {
            Facade.Dim d = p.dims().get(k);
            code.op(Op.DUP).push(k);
            if (d.extent() >= 0) {
                code.push((int) d.extent());
            } else if (r.extents().isEmpty()) {
                code.push(-1);
            } else {
                code.load(r.extents().get(d.text()));
            }
            code.op(Op.IASTORE);
        }
        code.call(TENSOR);
    }

    /** Makes what the caller gets of the datum on the stack. */
    private static void value(Code code, Facade.Port p, boolean whole) {
        if (whole || !p.isTensor()) {
            code.cast(p.wholeType());
        } else if (p.isText()) {
            code.call(STRINGS);
        } else {
            code.call(ELEMENTS).cast(p.descriptor());
        }
    }

    private byte[] result() {
        ClassBuilder b = new ClassBuilder(result, OUTPUTS, f.simpleName() + ".java");
        b.nested(result, self, f.resultName(), false);
        b.nested(OUTPUTS, BASE, "Outputs", true);
        String all = "([L" + DATUM + ";)V";
        b.method(0, "<init>", all, List.of("all")).load("this").load("all").call(special(OUTPUTS, all)).op(Op.RETURN).end();
        for (int i = 0; i < f.outputs().size(); i++) {
            Facade.Port p = f.outputs().get(i);
            Code code = b.method(Modifier.PUBLIC, p.java(), "()" + p.descriptor(), List.of()).load("this").push(i);
            if (p.isText() && p.isTensor()) {
                code.call(output("text", String[].class));
            } else {
                code.call(p.isTensor() ? output("array", Object.class) : output("get", Datum.class));
                code.cast(p.isTensor() ? p.descriptor() : p.wholeType());
            }
            code.op(Op.ARETURN).end();
            if (p.isTensor()) {
                b.method(Modifier.PUBLIC, p.java() + "Shape", "()[I", List.of()).load("this").push(i).call(output("shape", int[].class))
                        .op(Op.ARETURN).end();
            }
        }
        return b.toBytes();
    }

    private static MethodRef output(String method, Class<?> type) {
        return MethodRef.ofVirtual(TypedModel.Outputs.class, method, type, int.class);
    }
}
