package dev.lathe.runtime;

import jdk.jfr.Category;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** One step of a run; off unless a recording asks for it, since steps are then run one by one. Touched only where {@link Model#recorded} is true. */
@Name("dev.lathe.Step")
@Category("Lathe")
@StackTrace(false)
@Enabled(false)
final class StepEvent extends Event {
    String step;
    String source;
    int line;
}
