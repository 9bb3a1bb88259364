package dev.lathe.codegen.text;

import dev.lathe.grammar.LatheLexer;
import dev.lathe.grammar.LatheParser;
import java.util.function.Function;
import org.antlr.v4.runtime.BailErrorStrategy;
import org.antlr.v4.runtime.CharStreams;
import org.antlr.v4.runtime.CommonTokenStream;
import org.antlr.v4.runtime.ParserRuleContext;
import org.antlr.v4.runtime.atn.PredictionMode;
import org.antlr.v4.runtime.misc.ParseCancellationException;
import org.antlr.v4.runtime.tree.ErrorNode;
import org.antlr.v4.runtime.tree.ParseTreeListener;
import org.antlr.v4.runtime.tree.TerminalNode;

/** Runs the generated parser: fast first, then once more with care for the errors. */
public final class Parsing {
    /** Open rules at once: about a thousand parentheses or 500 regions within each other. */
    static final int DEPTH = 1100;

    private Parsing() {}

    /** Takes a finished part of the tree while parsing goes on. */
    public interface Taker {
        /** True when the part was read and need not stay in the tree. */
        boolean take(ParserRuleContext part);
    }

    /**
     * Parses a whole text.
     *
     * @param rule the entry rule
     * @return the tree, incomplete when {@code errors} has any; null when nothing could be made of the text
     */
    public static <T extends ParserRuleContext> T parse(Source source, SourceErrors errors, Function<LatheParser, T> rule) {
        T tree = fast(source, rule, part -> false);
        return tree != null ? tree : careful(source, errors, rule);
    }

    /**
     * Parses a right text. Parts that {@code taker} takes leave the tree, and their tokens memory: a long text then
     * needs little.
     *
     * @return the tree; null when the text is wrong
     */
    public static <T extends ParserRuleContext> T fast(Source source, Function<LatheParser, T> rule, Taker taker) {
        FreeingTokens tokens = tokens(source);
        LatheParser parser = new LatheParser(tokens);
        parser.removeErrorListeners();
        parser.addParseListener(new DepthLimit(tokens, taker));
        parser.getInterpreter().setPredictionMode(PredictionMode.SLL);
        parser.setErrorHandler(new BailErrorStrategy());
        try {
            return rule.apply(parser);
        } catch (ParseCancellationException | TooDeep | StackOverflowError e) {
            return null;
        }
    }

    /** Parses a wrong text, or one beyond SLL (never seen), and collects its errors. */
    public static <T extends ParserRuleContext> T careful(Source source, SourceErrors errors, Function<LatheParser, T> rule) {
        FreeingTokens tokens = tokens(source);
        LatheParser parser = new LatheParser(tokens);
        parser.removeErrorListeners();
        parser.addParseListener(new DepthLimit(tokens, part -> false));
        parser.getInterpreter().setPredictionMode(PredictionMode.LL);
        parser.setErrorHandler(new LineRecovery(errors));
        try {
            return rule.apply(parser);
        } catch (TooDeep | StackOverflowError e) {
            errors.at(parser.getCurrentToken(), "nested too deeply", "about 500 regions or parentheses within each other are accepted");
            return null;
        }
    }

    private static FreeingTokens tokens(Source source) {
        LatheLexer lexer = new LatheLexer(CharStreams.fromString(wellFormed(source.text()), source.name()));
        lexer.removeErrorListeners();
        return new FreeingTokens(lexer);
    }

    private static final class FreeingTokens extends CommonTokenStream {
        private int freed;

        FreeingTokens(LatheLexer lexer) {
            super(lexer);
        }

        /** Forgets what comes before token {@code index}. */
        void freeBefore(int index) {
            while (freed < index) {
                tokens.set(freed++, null);
            }
        }
    }

    /** Half a surrogate pair, which the lexer refuses, becomes the replacement character. */
    private static String wellFormed(String s) {
        for (int i = 0; i < s.length(); i++) {
            char c = s.charAt(i);
            if (Character.isHighSurrogate(c) && i + 1 < s.length() && Character.isLowSurrogate(s.charAt(i + 1))) {
                i++;
            } else if (Character.isSurrogate(c)) {
                return s.codePoints()
                        .map(p -> p >= Character.MIN_SURROGATE && p <= Character.MAX_SURROGATE ? 0xFFFD : p)
                        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                        .toString();
            }
        }
        return s;
    }

    private static final class TooDeep extends RuntimeException {
        private static final long serialVersionUID = 1L;

        TooDeep() {
            super(null, null, false, false);
        }
    }

    /** Stops before the stack does; hands out finished parts. */
    private static final class DepthLimit implements ParseTreeListener {
        private final FreeingTokens tokens;
        private final Taker taker;
        private int depth;
        private boolean failed;

        DepthLimit(FreeingTokens tokens, Taker taker) {
            this.tokens = tokens;
            this.taker = taker;
        }

        @Override
        public void enterEveryRule(ParserRuleContext c) {
            if (++depth > DEPTH) {
                failed = true;
                throw new TooDeep();
            }
        }

        @Override
        public void exitEveryRule(ParserRuleContext c) {
            depth--;
            // rules are left on the way out of an error, too
            if (!failed && c.exception == null && taker.take(c)) {
                c.getParent().removeLastChild();
                tokens.freeBefore(c.getStop().getTokenIndex());
            }
        }

        @Override
        public void visitTerminal(TerminalNode n) {}

        @Override
        public void visitErrorNode(ErrorNode n) {}
    }
}
