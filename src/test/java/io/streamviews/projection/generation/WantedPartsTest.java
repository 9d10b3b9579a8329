package io.streamviews.projection.generation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What another generation must have when it takes the live one's place, as far as it is a question of owners. */
class WantedPartsTest {

    @Test
    void whatWasHandedOverIsHandedOverThereUnlessFilesDoNotMakeItAnyMore() {
        Map<String, GenerationPart> asMade = parts(owner("kept()", "maker"), owner("gone()", "maker"));
        Map<String, GenerationPart> live =
                parts(owner("kept()", "heir"), owner("gone()", "heir"), owner("theirs()", "somebody"));
        Map<String, GenerationPart> otherAsMade = parts(owner("kept()", "maker"), owner("new()", "maker"));

        assertThat(CarryOver.wanted(live, asMade, otherAsMade).values())
                .containsExactlyInAnyOrder(owner("kept()", "heir"), owner("theirs()", "somebody"));
    }

    private static GenerationPart owner(String function, String role) {
        return new GenerationPart(11, 0, "owner of function views." + function, role, "ALTER …", null);
    }

    private static Map<String, GenerationPart> parts(GenerationPart... parts) {
        return Stream.of(parts).collect(Collectors.toMap(GenerationPart::key, part -> part));
    }
}
