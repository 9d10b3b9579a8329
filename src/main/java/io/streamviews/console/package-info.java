/**
 * The page at {@code /}, and what it shows of the pipeline each second: looked at once for all who look, and not at all when nobody
 * does. It asks for all else as any client does, with its own rights. Nothing knows this package.
 */
package io.streamviews.console;
