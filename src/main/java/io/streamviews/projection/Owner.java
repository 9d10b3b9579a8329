package io.streamviews.projection;

import java.net.InetAddress;
import java.net.UnknownHostException;

/** How a process is called in the positions, for people. */
public final class Owner {

    private Owner() {}

    /** This process, on this machine. */
    public static String thisProcess() {
        long pid = ProcessHandle.current().pid();
        try {
            return pid + "@" + InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return pid + "@unknown";
        }
    }
}
