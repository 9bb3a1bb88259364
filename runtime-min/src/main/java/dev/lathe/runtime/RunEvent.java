package dev.lathe.runtime;

import jdk.jfr.Category;
import jdk.jfr.Event;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** One run; equal numbers of sessions mean one session. Touched only where {@link Model#recorded} is true. */
@Name("dev.lathe.Run")
@Category("Lathe")
@StackTrace(false)
final class RunEvent extends Event {
    String model;
    String target;
    int session;
    String path;
    boolean done;
}
