package dev.lathe.compiler;

import dev.lathe.codegen.jar.JarContents;

/** Java class names made from model names. */
final class ClassNames {
    private ClassNames() {}

    /** {@code mobilenet_v2} to {@code model.MobilenetV2}. */
    static String of(String model) {
        StringBuilder s = new StringBuilder();
        boolean up = true;
        for (int i = 0; i < model.length() && s.length() < 60; i++) {
            char c = model.charAt(i);
            if (c < 128 && Character.isLetterOrDigit(c)) {
                s.append(up ? Character.toUpperCase(c) : c);
                up = false;
            } else {
                up = true;
            }
        }
        if (s.length() == 0 || Character.isDigit(s.charAt(0))) {
            s.insert(0, "Model");
        }
        String id = "model." + s;
        return JarContents.classProblem(id) == null ? id : "model.Model";
    }
}
