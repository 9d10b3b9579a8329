package io.streamviews.fuzz;

import java.util.LinkedHashMap;
import java.util.Map;

/** Values that are right, as long as nobody has deleted what they name. */
final class Samples {

    private final String userTopic;
    private long user;
    private long post;

    Samples(String userTopic) {
        this.userTopic = userTopic;
    }

    /** The entities that are there from now on. */
    void entities(long newUser, long newPost) {
        user = newUser;
        post = newPost;
    }

    String path(Operation operation, String name) {
        return switch (name) {
            case "topic" -> userTopic;
            case "view" -> "user_view";
            case "department" -> Hostile.escape("개발팀");
            case "partition", "offset" -> "0";
            default -> operation.path().startsWith("/api/posts/{") ? Long.toString(post) : Long.toString(user);
        };
    }

    /** The members of a body, each with its value as JSON. A stream's schema says nothing: its lines are users. */
    Map<String, String> members(Operation operation) {
        Map<String, String> members = new LinkedHashMap<>();
        if (operation.bodySchema().has("properties")) {
            operation
                    .bodySchema()
                    .get("properties")
                    .properties()
                    .forEach(each -> members.put(
                            each.getKey(),
                            member(each.getKey(), each.getValue().path("type").asText())));
            members.remove("all");
        } else {
            members.put("name", "\"x\"");
            members.put("email", "\"a@b.cd\"");
        }
        return members;
    }

    private String member(String name, String type) {
        return switch (name) {
            case "authorId" -> Long.toString(user);
            case "email" -> "\"a@b.cd\"";
            case "status" -> "\"ACTIVE\"";
            case "topic" -> "\"" + userTopic + "\"";
            case "state" -> "\"OPEN\"";
            case "subject" -> "\"user:" + user + "\"";
            case "depth" -> "\"shallow\"";
            case "from" -> "\"earliest\"";
            case "partition" -> "0";
            case "partitions" -> "[0]";
            case "letters" -> "[{\"topic\":\"" + userTopic + "\",\"partition\":0,\"offset\":0}]";
            default -> type.equals("integer") ? "1" : "\"x\"";
        };
    }
}
