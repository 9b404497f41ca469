package io.connbudget.proxy.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads a YAML document as paths and texts, each with its line. Types are not YAML's business here: {@code off} stays {@code off}. */
final class YamlFile {
    private final String name;
    private final List<String> problems;
    private final Map<String, RawValue> values = new LinkedHashMap<>();

    private YamlFile(String name, List<String> problems) {
        this.name = name;
        this.problems = problems;
    }

    /** Values by path, for example {@code accounts[0].name}; what is wrong with the document is added to {@code problems}. */
    static Map<String, RawValue> read(String name, String content, List<String> problems) {
        YamlFile file = new YamlFile(name, problems);
        try (YAMLParser parser = new YAMLFactory().createParser(content)) {
            file.document(parser);
        } catch (JsonProcessingException e) {
            int line = e.getLocation() == null ? 1 : e.getLocation().getLineNr();
            String[] lines = e.getOriginalMessage().split("\n", -1);
            problems.add(name + ":" + line + ": is not valid YAML: " + lines[0].trim());
        } catch (IOException e) {
            throw new UncheckedIOException("a text in memory cannot fail to be read", e);
        }
        return file.values;
    }

    private void document(YAMLParser parser) throws IOException {
        JsonToken first = parser.nextToken();
        if (first == JsonToken.START_OBJECT) {
            object(parser, "");
        } else if (first != null && first != JsonToken.VALUE_NULL) {
            problems.add(
                    at(parser) + ": the document is not a mapping; expected keys such as `listen: 127.0.0.1:3307`");
        }
    }

    private void object(YAMLParser parser, String prefix) throws IOException {
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String path = prefix + parser.currentName();
            parser.nextToken();
            value(parser, path);
        }
    }

    private void value(YAMLParser parser, String path) throws IOException {
        JsonToken token = parser.currentToken();
        if (token == JsonToken.START_OBJECT) {
            RawValue section = new RawValue(null, at(parser), RawValue.FILE);
            int before = values.size();
            object(parser, path + ".");
            if (values.size() == before) {
                // A class without keys is a class.
                values.put(path, section);
            }
        } else if (token == JsonToken.START_ARRAY) {
            int index = 0;
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                value(parser, path + "[" + index++ + "]");
            }
        } else if (parser.isCurrentAlias()) {
            problems.add(at(parser) + ": " + path + " is a YAML alias; put a text that starts with * in quotes");
        } else {
            String text = token == JsonToken.VALUE_NULL ? null : parser.getText();
            RawValue before = values.put(path, new RawValue(text, at(parser), RawValue.FILE));
            if (before != null) {
                problems.add(at(parser) + ": " + path + " is given twice, first at " + before.origin());
            }
        }
    }

    private String at(YAMLParser parser) {
        return name + ":" + parser.currentTokenLocation().getLineNr();
    }
}
