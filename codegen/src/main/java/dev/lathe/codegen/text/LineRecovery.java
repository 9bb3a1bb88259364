package dev.lathe.codegen.text;

import dev.lathe.grammar.LatheLexer;
import dev.lathe.grammar.LatheParser;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.antlr.v4.runtime.DefaultErrorStrategy;
import org.antlr.v4.runtime.InputMismatchException;
import org.antlr.v4.runtime.Parser;
import org.antlr.v4.runtime.RecognitionException;
import org.antlr.v4.runtime.Token;
import org.antlr.v4.runtime.Vocabulary;
import org.antlr.v4.runtime.atn.ATNState;
import org.antlr.v4.runtime.misc.IntervalSet;

/** Reports a syntax error in words and goes on at the next line that can be understood: the text is line by line. */
final class LineRecovery extends DefaultErrorStrategy {
    private static final Set<Integer> BODIES = Set.of(
            LatheParser.RULE_graph, LatheParser.RULE_region, LatheParser.RULE_program, LatheParser.RULE_kernel,
            LatheParser.RULE_stmt, LatheParser.RULE_step);

    private final SourceErrors errors;

    LineRecovery(SourceErrors errors) {
        this.errors = errors;
    }

    @Override
    public void reportError(Parser p, RecognitionException e) {
        if (inErrorRecoveryMode(p)) {
            return;
        }
        beginErrorCondition(p);
        report(p, e.getOffendingToken(), expected(p, e));
    }

    private static IntervalSet expected(Parser p, RecognitionException e) {
        try {
            return e instanceof InputMismatchException ? e.getExpectedTokens() : p.getATN().getExpectedTokens(e.getOffendingState(), e.getCtx());
        } catch (IllegalArgumentException unknownState) {
            return new IntervalSet();
        }
    }

    private void report(Parser p, Token t, IntervalSet expected) {
        if (errors.isFull()) {
            return;
        }
        if (p.getContext() != null && p.getContext().getRuleIndex() == LatheParser.RULE_version) {
            errors.at(t, "expected 'lathe 1', the first line of every text in Lathe's IR; found " + found(t), "");
            return;
        }
        if (t.getType() == LatheLexer.UNTERMINATED) {
            errors.at(t, "the string is not closed on its line", "a line end inside a string is written \\n");
            return;
        }
        String want = describe(expected, p.getVocabulary());
        Token before = p.getTokenStream().LT(-1);
        if (!want.isEmpty() && before != null && before.getLine() < t.getLine() && !BODIES.contains(p.getContext().getRuleIndex())) {
            // the line before ends too early: show that one
            int end = before.getCharPositionInLine() + before.getText().codePointCount(0, before.getText().length());
            errors.at(before.getLine(), end + 1, 1, "expected " + want + "; found " + found(t) + " on line " + t.getLine(), "");
            return;
        }
        errors.at(t, want.isEmpty() ? "unexpected " + found(t) : "expected " + want + "; found " + found(t), "");
    }

    private static String found(Token t) {
        String text = t.getText();
        return switch (t.getType()) {
            case Token.EOF -> "the end of the text";
            case LatheLexer.STRING -> "the string " + (text.length() > 40 ? text.substring(0, 40) + "..." : text);
            case LatheLexer.UNRECOGNIZED -> "the character " + text;
            default -> text.length() > 60 ? text.substring(0, 60) + "..." : text;
        };
    }

    private static String describe(IntervalSet expected, Vocabulary names) {
        List<Integer> types = new ArrayList<>(expected.toList());
        // where any word may stand, the keywords are not worth listing
        if (expected.contains(LatheLexer.ID) && expected.size() > 30) {
            types.removeIf(t -> names.getLiteralName(t) != null && Character.isLetter(names.getLiteralName(t).charAt(1)));
        }
        List<String> words = types.stream().map(t -> name(t, names)).distinct().toList();
        if (words.size() > 8) {
            return "";
        }
        int last = words.size() - 1;
        return last < 1 ? String.join("", words) : String.join(", ", words.subList(0, last)) + " or " + words.get(last);
    }

    private static String name(int type, Vocabulary names) {
        return switch (type) {
            case Token.EOF -> "the end of the text";
            case LatheLexer.ID -> "a name";
            case LatheLexer.LOCAL -> "a value %name";
            case LatheLexer.GLOBAL -> "a name @name";
            case LatheLexer.UNKNOWN -> "a symbol ?name";
            case LatheLexer.STRING -> "a quoted string";
            case LatheLexer.INT, LatheLexer.HEX, LatheLexer.LONG -> "an integer";
            case LatheLexer.REAL, LatheLexer.FLOAT, LatheLexer.DOUBLE -> "a number";
            default -> names.getDisplayName(type);
        };
    }

    // no token is invented or dropped: the tree holds only what was written
    @Override
    public Token recoverInline(Parser p) {
        throw new InputMismatchException(p);
    }

    @Override
    public void sync(Parser p) {
        if (inErrorRecoveryMode(p)) {
            return;
        }
        ATNState s = p.getATN().states.get(p.getState());
        IntervalSet next = p.getATN().nextTokens(s);
        if (next.contains(p.getTokenStream().LA(1)) || next.contains(Token.EPSILON)) {
            return;
        }
        boolean loop = s.getStateType() == ATNState.STAR_LOOP_ENTRY || s.getStateType() == ATNState.STAR_LOOP_BACK;
        if (!loop || !BODIES.contains(p.getContext().getRuleIndex())) {
            throw new InputMismatchException(p);
        }
        // nothing begins like this: stay in the body
        beginErrorCondition(p);
        report(p, p.getCurrentToken(), p.getExpectedTokens());
        p.consume();
        skipTo(p, next);
    }

    @Override
    public void recover(Parser p, RecognitionException e) {
        int at = p.getInputStream().index();
        if (lastErrorIndex == at && lastErrorStates != null && lastErrorStates.contains(p.getState())) {
            // the same place again: never loop
            p.consume();
        }
        lastErrorIndex = p.getInputStream().index();
        if (lastErrorStates == null) {
            lastErrorStates = new IntervalSet();
        }
        lastErrorStates.add(p.getState());
        skipTo(p, getErrorRecoverySet(p));
    }

    private static void skipTo(Parser p, IntervalSet follow) {
        int t = p.getTokenStream().LA(1);
        while (t != Token.EOF && !(startsLine(p) && follow.contains(t))) {
            p.consume();
            t = p.getTokenStream().LA(1);
        }
    }

    private static boolean startsLine(Parser p) {
        Token before = p.getTokenStream().LT(-1);
        return before == null || before.getLine() < p.getCurrentToken().getLine();
    }
}
