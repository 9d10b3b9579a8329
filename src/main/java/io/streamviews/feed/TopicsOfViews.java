package io.streamviews.feed;

import static java.util.stream.Collectors.toMap;

import io.streamviews.projection.BaseView;
import io.streamviews.projection.generation.Views;
import io.streamviews.view.ViewTopics;
import jakarta.inject.Singleton;
import java.util.Map;

/** The topics that the base views' declarations name. */
@Singleton
final class TopicsOfViews implements ViewTopics {

    private final Map<String, String> topics;

    TopicsOfViews(Views views) {
        this.topics = views.all().stream().collect(toMap(BaseView::table, BaseView::topic));
    }

    @Override
    public Map<String, String> topics() {
        return topics;
    }
}
