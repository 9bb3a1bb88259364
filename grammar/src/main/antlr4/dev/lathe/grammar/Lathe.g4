// The textual IR: graphs (rule model) and programs (rule program).
//
// Operation, attribute, element-type and function names are no keywords: adding one never touches this file.
// Lists are loops, never recursion, and two tokens of lookahead decide everywhere, so that long files parse fast.
grammar Lathe;

// ---- a model: graph IR

model
    : version weights? graph EOF
    ;

version
    : 'lathe' INT
    ;

weights
    : 'weights' STRING
    ;

graph
    : 'graph' GLOBAL '(' (arg (',' arg)*)? ')' (arrow = '->' '(' (outs += LOCAL (',' outs += LOCAL)*)? ')')? limits?
      '{' node* end? '}'
    ;

arg
    : LOCAL ':' type
    ;

limits
    : 'where' limit (',' limit)*
    ;

limit
    : symbol 'in' integer '..' integer
    ;

node
    : ('(' ')' | result (',' result)*) '=' opName '(' (in += (LOCAL | '_') (',' in += (LOCAL | '_'))*)? ')'
      ('(' region (',' region)* ')')? attrs? loc?
    ;

result
    : LOCAL ':' type
    | '_'
    ;

opName
    : word
    | STRING
    ;

region
    : GLOBAL? ('(' (arg (',' arg)*)? ')')? limits?
      '{' node* end? '}'
    ;

// that it is there, and is a graph's return or a region's yield, is checked later: so a slip costs one error, not many
end
    : ('return' | 'yield') (results += LOCAL (',' results += LOCAL)*)?
    ;

attrs
    : '{' (attr (',' attr)*)? '}'
    ;

attr
    : (word | STRING) '=' value
    ;

value
    : scalar                                           # scalarValue
    | '[' (scalar (',' scalar)*)? ']'                  # listValue
    | ('ints' | 'reals' | 'texts') '[' ']'             # emptyValue
    | 'dims' '[' (dim (',' dim)*)? ']'                 # dimsValue
    | 'dim' '(' dim ')'                                # dimValue
    | 'tensor' type data                               # tensorValue
    | data                                             # dataValue
    ;

// inf, nan, true, false and element types are names
scalar
    : '-'? (INT | REAL | ID)
    | STRING
    ;

data
    : 'dense' '[' (scalar (',' scalar)*)? ']'
    | 'splat' '(' scalar (',' INT)? ')'
    | 'weight' '(' STRING ')'
    ;

type
    : ID '[' (dim (',' dim)*)? ']'                     # tensorType
    | ID '<' type '>'                                  # wrappedType
    ;

loc
    : 'loc' '(' STRING (',' STRING)* ')'
    ;

// ---- integers over symbols

dim
    : '-'? product (sign product)*
    ;

sign
    : '+'
    | '-'
    ;

product
    : factor ('*' factor)*
    ;

factor
    : INT
    | symbol
    | ID '(' dim (',' dim)* ')'
    | '(' dim ')'
    ;

symbol
    : word
    | UNKNOWN
    | GLOBAL
    | STRING
    ;

integer
    : '-'? INT
    ;

// ---- a program: plan and loop IR

program
    : version weights? 'program' GLOBAL 'target' (word | STRING) limits? '{' item* '}' EOF
    ;

item
    : port
    | buffer
    | constant
    | kernel
    | step
    ;

port
    : ('input' | 'output') STRING kind = ('tensor' | 'sequence' | 'optional')? elem = (ID | '_')
      '[' (dim (',' dim)*)? ']' 'at' ref
    ;

buffer
    : 'buffer' GLOBAL kind = ('arena' | 'const' | 'own') ID STRING 'size' dim 'live' integer '..' integer
    ;

constant
    : 'const' GLOBAL ID '=' data
    ;

ref
    : GLOBAL (sign product)*
    ;

step
    : 'run' GLOBAL refs dims ('extent' dim)? ('grain' INT)? loc?                          # runStep
    | 'helper' (ID | STRING) refs dims texts? ('->' symbols)? loc?                        # helperStep
    | 'bind' symbols '=' ref loc?                                                         # bindStep
    | 'assign' symbols '=' dims loc?                                                      # assignStep
    | 'reserve' GLOBAL 'size' dim keep = 'keep'? loc?                                            # reserveStep
    | 'swap' GLOBAL ',' GLOBAL loc?                                                       # swapStep
    | 'if' dim loc? '{' then += step* '}' ('else' '{' otherwise += step* '}')?            # ifStep
    | 'while' dim loc? '{' step* '}'                                                      # whileStep
    ;

refs
    : '(' (ref (',' ref)*)? ')'
    ;

dims
    : '(' (dim (',' dim)*)? ')'
    ;

texts
    : '(' (STRING (',' STRING)*)? ')'
    ;

symbols
    : '(' (symbol (',' symbol)*)? ')'
    ;

kernel
    : 'kernel' name = GLOBAL '(' (param (',' param)*)? ')' isParallel = 'parallel'? ('understudy' understudy = GLOBAL)? '{' stmt* '}'
    ;

param
    : LOCAL ':' role = ('buf' | 'out')? ID
    ;

stmt
    : ('let' | 'mut') LOCAL '=' expr                                                      # letStmt
    | LOCAL '=' expr                                                                      # setStmt
    | LOCAL '[' index = expr lanes? ']' '=' rhs = expr                                    # storeStmt
    | 'for' asLanes = 'lanes'? LOCAL 'in' lo = expr '..' hi = expr ('step' INT)?
      '{' stmt* '}'                                                                       # forStmt
    | 'if' expr '{' then += stmt* '}' ('else' '{' otherwise += stmt* '}')?                # ifStmt
    | 'while' expr '{' stmt* '}'                                                          # whileStmt
    | 'invoke' GLOBAL '(' (bufArg (',' bufArg)*)? ')' '(' (ints += expr (',' ints += expr)*)? ')'   # invokeStmt
    ;

bufArg
    : LOCAL 'at' expr
    ;

lanes
    : ':' (INT | ID)
    ;

// precedence as in Java; literals, functions and conversions are told apart by name
expr
    : '(' expr ')'                                                # parenExpr
    | (INT | LONG | FLOAT | DOUBLE | HEX)                         # numberExpr
    | ID                                                          # nameExpr
    | ID '(' (expr (',' expr)*)? ')'                              # callExpr
    | LOCAL ('::' ID)?                                            # localExpr
    | LOCAL '[' expr lanes? ']'                                   # loadExpr
    | '-' expr                                                    # negExpr
    | expr op = ('*' | '/') expr                                  # binExpr
    | expr op = ('+' | '-') expr                                  # binExpr
    | expr op = ('<' | '<=' | '>' | '>=' | '==' | '!=') expr      # binExpr
    | expr op = '&' expr                                          # binExpr
    | expr op = '^' expr                                          # binExpr
    | expr op = '|' expr                                          # binExpr
    ;

// every word: what the rules above spell out can still name an operation, an attribute or a symbol
word
    : ID
    | 'lathe' | 'weights' | 'graph' | 'where' | 'in' | 'return' | 'yield' | 'ints' | 'reals' | 'texts' | 'dims'
    | 'dim' | 'tensor' | 'dense' | 'splat' | 'weight' | 'loc' | 'program' | 'target' | 'input' | 'output'
    | 'sequence' | 'optional' | 'at' | 'buffer' | 'arena' | 'const' | 'own' | 'size' | 'live' | 'run' | 'extent'
    | 'grain' | 'helper' | 'bind' | 'assign' | 'reserve' | 'keep' | 'swap' | 'if' | 'else' | 'while' | 'kernel'
    | 'parallel' | 'understudy' | 'invoke' | 'buf' | 'out' | 'let' | 'mut' | 'for' | 'lanes' | 'step'
    ;

// ---- words

ID
    : [A-Za-z_] [A-Za-z0-9_$]* ('.' PART)*
    ;

// %name or %"any text"
LOCAL
    : '%' (PART ('.' PART)* | QUOTED)
    ;

// @name or @"any text"
GLOBAL
    : '@' (PART ('.' PART)* | QUOTED)
    ;

// an unknown dimension
UNKNOWN
    : '?' [A-Za-z0-9_]*
    ;

STRING
    : QUOTED
    ;

INT
    : DIGITS
    ;

LONG
    : DIGITS 'L'
    ;

HEX
    : '0x' HEXDIGITS
    ;

REAL
    : DIGITS '.' DIGITS EXPONENT?
    | DIGITS EXPONENT
    | HEXREAL
    ;

FLOAT
    : DECIMAL 'f'
    | HEXREAL 'f'
    ;

DOUBLE
    : DECIMAL 'd'
    | HEXREAL 'd'
    ;

COMMENT
    : '//' ~[\r\n]* -> skip
    ;

SPACE
    : [ \t\r\n]+ -> skip
    ;

UNTERMINATED
    : '"' (~["\\\r\n] | '\\' ~[\r\n])*
    ;

// lexing never fails silently
UNRECOGNIZED
    : .
    ;

fragment QUOTED
    : '"' (~["\\\r\n] | '\\' ~[\r\n])* '"'
    ;

fragment PART
    : [A-Za-z0-9_$]+
    ;

fragment DIGITS
    : [0-9]+
    ;

fragment HEXDIGITS
    : [0-9a-fA-F]+
    ;

fragment EXPONENT
    : [eE] [+-]? DIGITS
    ;

fragment DECIMAL
    : DIGITS ('.' DIGITS)? EXPONENT?
    ;

fragment HEXREAL
    : '0x' HEXDIGITS ('.' HEXDIGITS)? [pP] [+-]? DIGITS
    ;
