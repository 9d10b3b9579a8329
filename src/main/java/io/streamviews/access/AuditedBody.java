package io.streamviews.access;

import jakarta.ws.rs.ext.Provider;
import jakarta.ws.rs.ext.ReaderInterceptor;
import jakarta.ws.rs.ext.ReaderInterceptorContext;
import java.io.IOException;

/** Hands what a request's body says on to {@link Audit}. */
@Provider
@Audited
public class AuditedBody implements ReaderInterceptor {

    static final String PROPERTY = AuditedBody.class.getName();

    @Override
    public Object aroundReadFrom(ReaderInterceptorContext body) throws IOException {
        Object entity = body.proceed();
        body.setProperty(PROPERTY, entity);
        return entity;
    }
}
