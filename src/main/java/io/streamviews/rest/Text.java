package io.streamviews.rest;

import static java.lang.annotation.ElementType.FIELD;
import static java.lang.annotation.ElementType.PARAMETER;

import io.streamviews.eventlog.TextRule;
import jakarta.validation.Constraint;
import jakarta.validation.ConstraintValidator;
import jakarta.validation.ConstraintValidatorContext;
import jakarta.validation.Payload;
import java.lang.annotation.Documented;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** The text keeps a {@link TextRule}, so that an event can carry it. Absent texts are for {@code @NotNull} to refuse. */
@Documented
@Target({FIELD, PARAMETER})
@Retention(RetentionPolicy.RUNTIME)
@Constraint(validatedBy = Text.Validator.class)
public @interface Text {

    /** In characters (Unicode code points). */
    int max();

    boolean blankAllowed() default false;

    String message() default "is no text that can be stored";

    Class<?>[] groups() default {};

    Class<? extends Payload>[] payload() default {};

    final class Validator implements ConstraintValidator<Text, String> {

        private TextRule rule;

        @Override
        public void initialize(Text constraint) {
            rule = new TextRule(constraint.max(), constraint.blankAllowed());
        }

        @Override
        public boolean isValid(String text, ConstraintValidatorContext context) {
            String violation = text == null ? null : rule.violation(text);
            if (violation != null) {
                context.disableDefaultConstraintViolation();
                context.buildConstraintViolationWithTemplate(violation).addConstraintViolation();
            }
            return violation == null;
        }
    }
}
