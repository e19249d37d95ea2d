package org.unipelt.hub;

import org.unipelt.download.Hub;
import org.unipelt.download.HubName;

/** Downloads a model of the hub in a process of its own; prints each remark and the folder. */
final class FetchProcess {
    private FetchProcess() {}

    public static void main(String[] arguments) {
        System.out.println(HubModel.of(
                        Hub.ofEnvironment().withListener(System.out::println),
                        HubName.parse(arguments[0]).orElseThrow())
                .folder());
    }
}
