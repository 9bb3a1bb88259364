package dev.lathe.runtime;

import jdk.jfr.Category;
import jdk.jfr.Event;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** A model was loaded. Touched only where {@link Model#recorded} is true. */
@Name("dev.lathe.Load")
@Category("Lathe")
@StackTrace(false)
final class LoadEvent extends Event {
    String model;
    String target;
    long constantBytes;
}
