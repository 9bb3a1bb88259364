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

    /**
     * Parses a whole text.
     *
     * @param rule the entry rule
     * @return the tree, incomplete when {@code errors} has any; null when nothing could be made of the text
     */
    public static <T extends ParserRuleContext> T parse(Source source, SourceErrors errors, Function<LatheParser, T> rule) {
        LatheLexer lexer = new LatheLexer(CharStreams.fromString(wellFormed(source.text()), source.name()));
        lexer.removeErrorListeners();
        CommonTokenStream tokens = new CommonTokenStream(lexer);
        LatheParser parser = new LatheParser(tokens);
        parser.removeErrorListeners();
        try {
            parser.addParseListener(new DepthLimit());
            parser.getInterpreter().setPredictionMode(PredictionMode.SLL);
            parser.setErrorHandler(new BailErrorStrategy());
            try {
                return rule.apply(parser);
            } catch (ParseCancellationException slow) {
                // wrong, or (never seen) beyond SLL: parse again, report everything
                tokens.seek(0);
                parser.removeParseListeners();
                parser.reset();
                parser.addParseListener(new DepthLimit());
                parser.getInterpreter().setPredictionMode(PredictionMode.LL);
                parser.setErrorHandler(new LineRecovery(errors));
                return rule.apply(parser);
            }
        } catch (TooDeep | StackOverflowError e) {
            errors.at(parser.getCurrentToken(), "nested too deeply", "about 500 regions or parentheses within each other are accepted");
            return null;
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

    /** Stops before the stack does. */
    private static final class DepthLimit implements ParseTreeListener {
        private int depth;

        @Override
        public void enterEveryRule(ParserRuleContext c) {
            if (++depth > DEPTH) {
                throw new TooDeep();
            }
        }

        @Override
        public void exitEveryRule(ParserRuleContext c) {
            depth--;
        }

        @Override
        public void visitTerminal(TerminalNode n) {}

        @Override
        public void visitErrorNode(ErrorNode n) {}
    }
}
