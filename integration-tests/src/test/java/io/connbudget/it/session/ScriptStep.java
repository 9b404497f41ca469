package io.connbudget.it.session;

import io.connbudget.wire.Command;
import io.connbudget.wire.LengthEncoded;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One thing that a scripted client does. In texts, {@code {id}} stands for its connection id, {@code {db}} for its schema,
 * {@code {role}} for a role that its account may take.
 */
sealed interface ScriptStep {
    /** What a client has between steps: its connection and its prepared statements by slot. */
    record Actor(RawClient client, String schema, Map<Integer, Prepared> statements) {
        String fill(String text) {
            return text.replace("{id}", String.valueOf(client.connectionId()))
                    .replace("{role}", ScriptSchema.role(schema))
                    .replace("{db}", schema);
        }
    }

    /**
     * A prepared statement as the server, or the proxy, knows it.
     *
     * @param types the parameter types sent last; empty before the first execution
     * @param sql what was prepared
     */
    record Prepared(int id, int parameters, List<Integer> types, String sql) {}

    List<byte[]> run(Actor actor) throws IOException;

    /** COM_QUERY. */
    record Query(String sql) implements ScriptStep {
        @Override
        public List<byte[]> run(Actor actor) throws IOException {
            return actor.client().command(Command.QUERY, actor.fill(sql).getBytes(StandardCharsets.UTF_8));
        }
    }

    /** A command whose body is given. */
    record Plain(Command command, String body) implements ScriptStep {
        @Override
        public List<byte[]> run(Actor actor) throws IOException {
            List<byte[]> answer =
                    actor.client().command(command, actor.fill(body).getBytes(StandardCharsets.ISO_8859_1));
            if (command == Command.RESET_CONNECTION) {
                actor.statements().clear();
            }
            return answer;
        }
    }

    /** COM_CHANGE_USER to the same account. */
    record ChangeUser(int collation, boolean withSchema) implements ScriptStep {
        @Override
        public List<byte[]> run(Actor actor) throws IOException {
            List<byte[]> answer = actor.client().changeUser(withSchema ? actor.schema() : "", collation);
            actor.statements().clear();
            return answer;
        }
    }

    /** COM_STMT_PREPARE into a slot. */
    record Prepare(int slot, String sql) implements ScriptStep {
        @Override
        public List<byte[]> run(Actor actor) throws IOException {
            List<byte[]> answer =
                    actor.client().command(Command.STMT_PREPARE, actor.fill(sql).getBytes(StandardCharsets.UTF_8));
            if (actor.client().preparedId() != 0) {
                actor.statements()
                        .put(
                                slot,
                                new Prepared(
                                        actor.client().preparedId(),
                                        actor.client().preparedParameters(),
                                        new ArrayList<>(),
                                        sql));
            } else {
                actor.statements().remove(slot);
            }
            return answer;
        }
    }

    /**
     * COM_STMT_EXECUTE. A slot without a statement is skipped, values are used as often as there are parameters.
     *
     * @param flags 1 asks for a cursor
     * @param withTypes whether the types are sent even where those sent before are the same
     * @param longData index of the parameter that came by COM_STMT_SEND_LONG_DATA, -1 for none
     */
    record Execute(int slot, int flags, boolean withTypes, int longData, List<Value> values) implements ScriptStep {
        @Override
        public List<byte[]> run(Actor actor) throws IOException {
            Prepared statement = actor.statements().get(slot);
            if (statement == null) {
                return List.of();
            }
            int n = statement.parameters();
            ByteBuf body = Unpooled.buffer();
            body.writeIntLE(statement.id()).writeByte(flags).writeIntLE(1);
            if (n > 0) {
                byte[] nulls = new byte[(n + 7) / 8];
                for (int i = 0; i < n; i++) {
                    if (value(i).bytes() == null) {
                        nulls[i / 8] |= (byte) (1 << (i % 8));
                    }
                }
                List<Integer> types = new ArrayList<>();
                for (int i = 0; i < n; i++) {
                    types.add(value(i).type());
                }
                boolean sent = withTypes || !types.equals(statement.types());
                body.writeBytes(nulls).writeByte(sent ? 1 : 0);
                if (sent) {
                    types.forEach(body::writeShortLE);
                    statement.types().clear();
                    statement.types().addAll(types);
                }
                for (int i = 0; i < n; i++) {
                    byte[] bytes = value(i).bytes();
                    if (bytes != null && i != longData) {
                        body.writeBytes(bytes);
                    }
                }
            }
            return actor.client().command(Command.STMT_EXECUTE, bytes(body));
        }

        private Value value(int i) {
            return values.get(i % values.size());
        }
    }

    /** COM_STMT_PREPARE, and behind it, before its answer, the execution of the statement prepared last. */
    record PrepareAndExecute(String sql) implements ScriptStep {
        @Override
        public List<byte[]> run(Actor actor) throws IOException {
            return actor.client()
                    .pipelined(
                            Command.STMT_PREPARE,
                            actor.fill(sql).getBytes(StandardCharsets.UTF_8),
                            Command.STMT_EXECUTE,
                            (Scripts.LAST_PREPARED + "\0\1\0\0\0").getBytes(StandardCharsets.ISO_8859_1));
        }
    }

    /** COM_STMT_SEND_LONG_DATA, COM_STMT_FETCH, COM_STMT_RESET, COM_STMT_CLOSE of a slot; skipped where it is empty. */
    record OnStatement(
            Command command,
            int slot,
            int argument,
            @Nullable String data) implements ScriptStep {
        @Override
        public List<byte[]> run(Actor actor) throws IOException {
            Prepared statement = actor.statements().get(slot);
            if (statement == null || (command == Command.STMT_SEND_LONG_DATA && statement.parameters() <= argument)) {
                return List.of();
            }
            ByteBuf body = Unpooled.buffer();
            body.writeIntLE(statement.id());
            if (command == Command.STMT_FETCH) {
                body.writeIntLE(argument);
            } else if (command == Command.STMT_SEND_LONG_DATA) {
                body.writeShortLE(argument).writeBytes(String.valueOf(data).getBytes(StandardCharsets.UTF_8));
            }
            if (command == Command.STMT_CLOSE) {
                actor.statements().remove(slot);
            }
            return actor.client().command(command, bytes(body));
        }
    }

    /** A parameter in the binary protocol; null bytes for NULL. */
    @SuppressWarnings("ArrayRecordComponent")
    record Value(int type, byte @Nullable [] bytes, String shown) {
        static Value integer(int type, int size, long value) {
            byte[] bytes = new byte[size];
            for (int i = 0; i < size; i++) {
                bytes[i] = (byte) (value >> (8 * i));
            }
            return new Value(type, bytes, String.valueOf(value));
        }

        static Value text(int type, String text) {
            ByteBuf out = Unpooled.buffer();
            LengthEncoded.writeString(out, text, StandardCharsets.UTF_8);
            return new Value(type, ScriptStep.bytes(out), "'" + text + "'");
        }

        static Value nothing(int type) {
            return new Value(type, null, "NULL");
        }

        @Override
        public String toString() {
            return shown + ":" + type;
        }
    }

    private static byte[] bytes(ByteBuf buffer) {
        byte[] bytes = new byte[buffer.readableBytes()];
        buffer.readBytes(bytes);
        return bytes;
    }
}
