package io.streamviews.kafka;

import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import net.jpountz.lz4.LZ4Factory;
import org.jboss.logging.Logger;

/**
 * Has Kafka's clients use LZ4's native code. Left alone, the library takes it only where the system's class loader has
 * loaded the library, as in no Quarkus application, and its Java code takes several times as long. To be called before the
 * first client looks. A native executable has the Java code alone: the other's classes are not in it.
 */
@Singleton
final class NativeCompression {

    private static final Logger LOG = Logger.getLogger(NativeCompression.class);

    static void load(@Observes @Priority(Integer.MIN_VALUE) StartupEvent start) {
        try {
            LZ4Factory.nativeInstance();
        } catch (LinkageError | AssertionError none) {
            LOG.debugf("LZ4 runs as Java code: %s", none);
        }
    }
}
