/**
 * JSON files that outlive a version of the program: adapters, runs, results. In: records. Out: files with a checksum, and
 * records of files of any version. Which keys a kind of file has stands with its owner ({@code AdapterFile}, {@code RunFile},
 * {@code Result}); what the absence of a later key means stands here.
 */
package org.unipelt.format;
