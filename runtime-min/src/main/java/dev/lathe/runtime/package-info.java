/**
 * What a generated jar needs to run: loading ({@link dev.lathe.runtime.Model}), running
 * ({@link dev.lathe.runtime.Session}), values, targets, exceptions, and the arithmetic that generated code calls.
 * Must know nothing of graphs, programs or how classes are made, and depend on nothing but java.base: {@link
 * dev.lathe.runtime.Pictures} alone needs java.desktop, and events of the flight recorder are made where jdk.jfr is there.
 *
 * <p>For callers: Model, ModelOptions, Session, Tensor, TensorView, TensorSpec, Target, Profile, Observer, Pictures and the exceptions.
 * The other public classes are for generated code and for the compiler, which shares them so that both sides agree:
 * State, Compiled, ArenaPlanner, Plan, Stamp, Checksum, RawData.
 */
package dev.lathe.runtime;
