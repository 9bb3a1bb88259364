package dev.lathe.codegen.lib;

import dev.lathe.runtime.LatheRuntimeException;
import dev.lathe.runtime.State;

/** What loops and choices check while they run. */
public final class Control {
    private Control() {}

    /** Ends running with {@code why} unless a condition is as it must be. */
    public static void require(State s, int[] condition, int at, int is, String why) {
        if (condition[at] != 0 != (is != 0)) {
            throw new LatheRuntimeException(why);
        }
    }

    /** Refuses a turn whose contribution to a collected result has another extent than the turns before. */
    public static void sameExtent(State s, int turn, int before, int now, String name) {
        if (turn > 0 && before != now) {
            throw new LatheRuntimeException("'" + name + "' collects elements of one shape, but turn " + turn + " gives an extent of " + now
                    + " where earlier ones gave " + before);
        }
    }
}
