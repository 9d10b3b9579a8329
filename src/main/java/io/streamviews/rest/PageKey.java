package io.streamviews.rest;

/** A place in a list that is sorted by a number and, among equals, by a key; as text {@code number,key}. */
public record PageKey(long number, String key) {

    /** @throws RefusedException (400) unless it is a whole number and a key, with a comma in between */
    static PageKey parse(String parameter, String text) {
        int comma = text.indexOf(',');
        if (comma < 0) {
            throw RefusedException.violation(parameter, "must be a number and a key, such as 12,34");
        }
        return new PageKey(PageRequest.number(parameter, text.substring(0, comma)), text.substring(comma + 1));
    }

    /** The key of a list whose keys are numbers. @throws RefusedException (400) unless it is one */
    public long id() {
        return PageRequest.number("after", key);
    }

    @Override
    public String toString() {
        return number + "," + key;
    }
}
