package io.streamviews.fuzz;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;

/** Bodies that nobody should send, made of one that is right. */
final class HostileBodies {

    private static final Charset UTF_32 = Charset.forName("UTF-32");
    private static final int DEEP = 100_000;

    private static final List<String> JSON = List.of(
            "null",
            "true",
            "7",
            "-7.5e10",
            "1e999999",
            "9".repeat(5_000),
            "\"\"",
            "\" \"",
            "\"\\u0000\"",
            "\"\\ud800\"",
            "\"\\udc00\\ud800\"",
            "\"\\u00\"",
            "\"\\x\"",
            "\"\t\"",
            "\"" + "x".repeat(300) + "\"",
            "\"" + "x".repeat(110_000) + "\"",
            "[]",
            "[null]",
            "[\"a\"]",
            "[[[[]]]]",
            "{}",
            "{\"a\":1}",
            "{\"offset\":-1}",
            "{\"offset\":1e30}",
            "{\"offset\":9223372036854775808}",
            "{\"timestamp\":\"1900-01-01T00:00:00Z\"}",
            "{\"timestamp\":\"+999999999-12-31T23:59:59Z\"}",
            "{\"timestamp\":\"-999999999-01-01T00:00:00Z\"}",
            "[2147483648]",
            "[{\"topic\":null}]",
            "[{\"topic\":\"user-events\",\"partition\":1e99,\"offset\":0}]",
            "[{\"topic\":\"\\u0000\",\"partition\":-1,\"offset\":-1}]",
            "[".repeat(DEEP),
            "{\"a\":".repeat(DEEP),
            "NaN",
            "-Infinity",
            "0x10",
            "01",
            "+1",
            "1.",
            ".5",
            "'a'",
            "undefined");

    private HostileBodies() {}

    /** @param members of the right one, each with its value as JSON */
    static List<byte[]> json(Map<String, String> members) {
        String right = object(members);
        List<byte[]> bodies = new ArrayList<>(texts(members, right));
        for (Charset charset : List.of(UTF_16, UTF_16LE, UTF_32, ISO_8859_1)) {
            bodies.add((right + " \u00e9").replace(" \u00e9", "").getBytes(charset));
        }
        bodies.add(right.replaceFirst("\":\"", "\":\"\u00e9").getBytes(ISO_8859_1));
        bodies.add(bytes(0xef, 0xbb, 0xbf));
        bodies.add(concat(bytes(0xef, 0xbb, 0xbf), right.getBytes(UTF_8)));
        bodies.add(concat(right.getBytes(UTF_8), bytes(0)));
        bodies.add(concat(bytes(0), right.getBytes(UTF_8)));
        bodies.add(bytes(0xff, 0xfe, 0xfd));
        bodies.add(bytes('{', '"', 0xc0, 0x80, '"', ':', '1', '}'));
        bodies.add(bytes('{', '"', 'n', '"', ':', '"', 0xed, 0xa0, 0x80, '"', '}'));
        bodies.add(bytes('{', '"', 'n', '"', ':', '"', 0xf4, 0x90, 0x80, 0x80, '"', '}'));
        bodies.add(gzip(right.getBytes(UTF_8)));
        return bodies;
    }

    /** Lines of JSON, some of them right. */
    static List<byte[]> lines(Map<String, String> members) {
        byte[] end = {'\n'};
        byte[] right = concat(object(members).getBytes(UTF_8), end);
        List<byte[]> bodies = new ArrayList<>();
        for (byte[] line : json(members)) {
            bodies.add(line);
            bodies.add(concat(right, line, end, right));
        }
        bodies.add("\r\n\r\n \n\t\n".getBytes(UTF_8));
        bodies.add("\n".repeat(70_000).getBytes(UTF_8));
        bodies.add("x".repeat(200_000).getBytes(UTF_8));
        bodies.add(concat(right, "x".repeat(70_000).getBytes(UTF_8), end, right));
        bodies.add(object(members).replace(",", ",\r").getBytes(UTF_8));
        bodies.add(object(members).replace(",", ",\n").getBytes(UTF_8));
        return bodies;
    }

    /** What follows {@code Content-Encoding: gzip}. */
    static List<byte[]> gzipped(byte[] right) {
        byte[] member = gzip(right);
        byte[] bent = member.clone();
        bent[bent.length / 2] ^= 0x55;
        return List.of(
                right,
                new byte[0],
                Arrays.copyOf(member, member.length - 1),
                Arrays.copyOf(member, 5),
                concat(member, bytes(0)),
                concat(member, member),
                bent,
                gzip(member),
                gzip(new byte[0]),
                gzip(new byte[5_000_000]));
    }

    static String object(Map<String, String> members) {
        return members.entrySet().stream()
                .map(member -> "\"" + member.getKey() + "\":" + member.getValue())
                .reduce((a, b) -> a + "," + b)
                .map(all -> "{" + all + "}")
                .orElse("{}");
    }

    private static List<byte[]> texts(Map<String, String> members, String right) {
        List<String> texts = new ArrayList<>(JSON);
        members.forEach((name, value) -> {
            String member = "\"" + name + "\":" + value;
            JSON.forEach(hostile -> texts.add(right.replace(member, "\"" + name + "\":" + hostile)));
            Hostile.texts()
                    .forEach(text -> texts.add(right.replace(
                            member,
                            "\"" + name + "\":\""
                                    + new String(JsonStringEncoder.getInstance().quoteAsString(text)) + "\"")));
            texts.add(right.replace(member, member + "," + member));
            texts.add(right.replace(member, member + ",\"" + name + "\":null"));
            texts.add(right.replace(member, "\"" + name.toUpperCase() + "\":" + value));
            texts.add(right.replace(member, name + ":" + value));
        });
        String open = right.substring(0, right.length() - 1);
        String comma = members.isEmpty() ? "" : ",";
        texts.addAll(List.of(
                "",
                " ",
                "{",
                "[",
                "\"",
                "not json",
                "{}",
                "[" + right + "]",
                right + right,
                right + " x",
                right + "]",
                open,
                open + ",}",
                open + comma + "\"z\":1,\"z\":2}",
                open + comma + "\"z\":{\"y\":1,\"y\":2}}",
                open + comma + "\"z\":" + "[".repeat(DEEP) + "]".repeat(DEEP) + "}",
                open + comma + "\"z\":1e999999}",
                open + comma + "\"z\":" + "9".repeat(5_000) + "}",
                open + comma + "\"" + "k".repeat(60_000) + "\":1}",
                open + comma + "\"\\u0000\":1}",
                open + comma + "\"\":1}",
                "//\n" + right,
                right.substring(0, right.length() / 2),
                right.replace('"', '\'')));
        return texts.stream().map(text -> text.getBytes(UTF_8)).toList();
    }

    private static byte[] gzip(byte[] plain) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
            gzip.write(plain);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        return bytes.toByteArray();
    }

    private static byte[] bytes(int... values) {
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            bytes[i] = (byte) values[i];
        }
        return bytes;
    }

    private static byte[] concat(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }
}
