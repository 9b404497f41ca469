package io.connbudget.proxy.session;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * User variables as SQL. A variable has one of four types (integer with or without sign, decimal, double, string), of
 * which a NULL has one too, and a string has a collation; all of that is seen by a client.
 */
public final class UserVariableText {
    /** Column types, as the metadata of {@code SELECT @name} gives them. */
    private static final int LONGLONG = 8;

    private static final int DOUBLE = 5;
    private static final int NEWDECIMAL = 246;

    /** Behind a string: the variable then becomes NULL, which keeps the string's collation. */
    private static final char THEN_NULL = '\n';

    /** Behind a number: the collation that the connection has while it is assigned follows. */
    private static final char UNDER = '\t';

    /** The expression of a variable that its session no more has, and that cannot be taken away. */
    static final String FORGOTTEN = "NULL";

    private UserVariableText() {}

    /** A name behind an at sign, quoted. */
    public static String quoted(String name) {
        return "@`" + name.replace("`", "``") + "`";
    }

    /**
     * The expression that gives a variable the value it has.
     *
     * @param type of the column in the metadata of {@code SELECT @name}
     * @param unsigned whether that column has the flag UNSIGNED
     * @param value the bytes of a string, the digits of a number; null for NULL
     * @param collation what COLLATION(@name) gives
     * @param textCollation what COLLATION(CONCAT(@name)) gives: for MySQL a number has the collation that the connection
     *     had when it was assigned
     * @return null where no expression is known to give exactly this value
     */
    public static @Nullable String expression(
            int type, boolean unsigned, byte @Nullable [] value, String collation, String textCollation) {
        String digits = value == null ? "NULL" : new String(value, StandardCharsets.ISO_8859_1);
        return switch (type) {
            case LONGLONG -> number("CAST(" + digits + (unsigned ? " AS UNSIGNED)" : " AS SIGNED)"), textCollation);
            case DOUBLE ->
                number(value == null ? "NULL+0e0" : digits.indexOf('e') >= 0 ? digits : digits + "e0", textCollation);
            case NEWDECIMAL ->
                number(
                        value == null ? "CAST(NULL AS DECIMAL)" : digits.indexOf('.') >= 0 ? digits : digits + ".",
                        textCollation);
            default -> string(value, collation);
        };
    }

    private static String number(String sql, String textCollation) {
        return sql + UNDER + textCollation;
    }

    private static @Nullable String string(byte @Nullable [] value, String collation) {
        int end = collation.indexOf('_');
        String charset = end < 0 ? collation : collation.substring(0, end);
        byte[] bytes = value == null ? new byte[0] : value;
        if (!valid(charset, bytes)) {
            return null;
        }
        String literal = "_" + charset + " x'" + HexFormat.of().formatHex(bytes) + "'"
                + (charset.equals(collation) ? "" : " COLLATE " + collation);
        return value == null ? literal + THEN_NULL : literal;
    }

    /** Whether a literal of these bytes is accepted as it is. */
    private static boolean valid(String charset, byte[] bytes) {
        return switch (charset) {
            case "binary", "latin1" -> true;
            case "utf8mb4" -> decodes(bytes, StandardCharsets.UTF_8);
            case "utf8mb3", "utf8" -> decodes(bytes, StandardCharsets.UTF_8) && !hasFourByteCharacter(bytes);
            case "ascii" -> decodes(bytes, StandardCharsets.US_ASCII);
            default -> false;
        };
    }

    /** Servers let one into a variable of utf8mb3, but take no such literal. */
    private static boolean hasFourByteCharacter(byte[] utf8) {
        for (byte b : utf8) {
            if ((b & 0xf0) == 0xf0) {
                return true;
            }
        }
        return false;
    }

    private static boolean decodes(byte[] bytes, Charset charset) {
        try {
            charset.newDecoder().decode(ByteBuffer.wrap(bytes));
            return true;
        } catch (CharacterCodingException notOfCharset) {
            return false;
        }
    }

    /** The collation that the connection must have while the expression is assigned; {@code any} where it does not matter. */
    static String collation(String expression, String any) {
        int under = expression.indexOf(UNDER);
        return under < 0 ? any : expression.substring(under + 1);
    }

    /** Appends the assignment of an expression that {@link #expression} gave. */
    static void assign(StringBuilder sets, String name, String expression) {
        String variable = quoted(name);
        boolean isNull = expression.charAt(expression.length() - 1) == THEN_NULL;
        int under = expression.indexOf(UNDER);
        sets.append(variable).append('=');
        if (under >= 0) {
            if (expression.contains("NULL")) {
                // So has a NULL of a number's type, from the number before it.
                sets.append("1,").append(variable).append('=');
            }
            sets.append(expression, 0, under);
        } else if (isNull) {
            // A NULL keeps the collation of the string before it.
            sets.append(expression, 0, expression.length() - 1)
                    .append(',')
                    .append(variable)
                    .append("=NULL");
        } else {
            sets.append(expression);
        }
    }
}
