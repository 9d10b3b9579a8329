package io.streamviews.feed;

import static java.util.stream.Collectors.toMap;

import io.streamviews.projection.generation.Views;
import io.streamviews.source.BaseView;
import io.streamviews.view.ViewTopics;
import jakarta.inject.Singleton;
import java.util.Map;

/** The topics that the base views' declarations name. */
@Singleton
final class TopicsOfViews implements ViewTopics {

    private final Views views;

    TopicsOfViews(Views views) {
        this.views = views;
    }

    @Override
    public Map<String, String> topics() {
        return views.all().stream().collect(toMap(BaseView::table, BaseView::topic));
    }
}
