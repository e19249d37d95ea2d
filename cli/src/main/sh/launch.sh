# shellcheck shell=sh disable=SC2034,SC2154 # the scripts and this file share variables
# What the two scripts named unipelt share, the checkout's and that of a distribution: they read this file. It finds Java, sets up
# the process, and starts the program.
#
# A script calls find_java, sets
#     class_path   the program's jars
#     built        a file that is as new as these
#     cache        the folder for the archive of classes
#     table        a table that a training can take
#     spark        true if Spark is on the class path, else empty
# and calls launch "$@".

fail() {
    echo "unipelt: $1" >&2
    exit 2
}

# JAVA_HOME's Java, else the one on PATH. A JDK says its version in a file; where there is none, $java_version is empty.
find_java() {
    if [ -n "$JAVA_HOME" ]; then
        java=$JAVA_HOME/bin/java
        [ -x "$java" ] || fail "JAVA_HOME is $JAVA_HOME, but there is no bin/java in it; let it name Java 17 or newer"
    else
        java=$(command -v java) || fail "Java is not found; install version 17 or newer, or let JAVA_HOME name one"
    fi
    java_release=$(dirname -- "$(readlink -f -- "$java" 2>/dev/null || echo "$java")")/../release
    java_version=$(sed -n 's/^JAVA_VERSION="\(.*\)"/\1/p' "$java_release" 2>/dev/null)
    java_major=${java_version%%.*}
    [ -z "$java_major" ] || [ "$java_major" -ge 17 ] \
        || fail "Java 17 or newer is needed, but $java is version $java_version; let JAVA_HOME name a newer one"
}

# Waits for a process, with a sign of life at a terminal; $ended is what it ends with.
wait_for() {
    process=$1
    trap 'kill "$process" 2>/dev/null; exit 130' INT TERM
    while [ -t 2 ] && kill -0 "$process" 2>/dev/null; do
        for sign in '|' / - \\; do
            printf '\r%s ' "$sign" >&2
            sleep 0.2
        done
    done
    wait "$process"
    ended=$?
    trap - INT TERM
    [ ! -t 2 ] || printf '\r  \r' >&2
}

# The variables of the process, and $options of the JVM that are not always the same.
set_up() {
    # Texts are UTF-8; in a locale without it Java would not read arguments as such.
    case ${LC_ALL:-${LC_CTYPE:-$LANG}} in
        *[Uu][Tt][Ff]*) ;;
        *) LC_ALL=C.UTF-8 && export LC_ALL ;;
    esac

    options=
    if [ "$1" = serve ]; then
        # A server runs for days. With an arena of malloc for each thread its memory grows by a third before it stays, and what
        # malloc keeps in between goes back to the system only if somebody asks: the JVM does, every ten seconds, where it can
        # (JDK 17.0.15 and 25 do).
        MALLOC_ARENA_MAX=${MALLOC_ARENA_MAX:-2} && export MALLOC_ARENA_MAX
        options='-XX:+IgnoreUnrecognizedVMOptions -XX:+UnlockExperimentalVMOptions -XX:TrimNativeHeapInterval=10000'
    else
        # Tensors come and go by the thousand. Malloc would give their pages back each time, and fresh ones cost up to a quarter
        # of the time; so it keeps them, in one arena for each processor (docs/performance.md). A C library other than glibc
        # ignores this.
        MALLOC_ARENA_MAX=${MALLOC_ARENA_MAX:-$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)} && export MALLOC_ARENA_MAX
        MALLOC_TRIM_THRESHOLD_=${MALLOC_TRIM_THRESHOLD_:-1000000000} && export MALLOC_TRIM_THRESHOLD_
        MALLOC_MMAP_THRESHOLD_=${MALLOC_MMAP_THRESHOLD_:-33554432} && export MALLOC_MMAP_THRESHOLD_
    fi
    # From version 24 on the JVM warns of what JavaCPP calls; 23 knows the option.
    [ "${java_major:-0}" -lt 23 ] || options="$options --sun-misc-unsafe-memory-access=allow"

    if [ -n "$spark" ]; then
        # Spark reaches into the JDK, and its executors are started by what SPARK_HOME names.
        SPARK_SCALA_VERSION=2.13 && export SPARK_SCALA_VERSION
        options="$options -Dslf4j.provider=org.slf4j.nop.NOPServiceProvider -Dslf4j.internal.verbosity=WARN"
        for package in lang lang.invoke lang.reflect io net nio util util.concurrent util.concurrent.atomic; do
            options="$options --add-opens=java.base/java.$package=ALL-UNNAMED"
        done
        for package in sun.nio.ch sun.nio.cs sun.security.action sun.util.calendar; do
            options="$options --add-opens=java.base/$package=ALL-UNNAMED"
        done
    fi

    typed=false
    terminal=false
    printed=false
    [ -t 0 ] && typed=true
    [ -t 2 ] && terminal=true
    [ -t 1 ] && printed=true
    columns=$( (stty size </dev/tty) 2>/dev/null) && columns=${columns#* }
    command=$0
    [ "$(command -v unipelt)" = "$0" ] && command=unipelt
}

# Starts a class with an option of the JVM for the archive, in place of this process.
start() {
    program=$1
    option=$2
    shift 2
    # Tensors lie outside the Java heap, which therefore begins small; the rest is for a quick start.
    # shellcheck disable=SC2086 # words of $options are options
    exec "$java" "$option" $options -Xlog:disable -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xms32m -Xmn16m \
        --enable-native-access=ALL-UNNAMED -Dorg.bytedeco.javacpp.maxphysicalbytes=0 \
        -Dunipelt.typed=$typed -Dunipelt.terminal=$terminal -Dunipelt.columns="$columns" -Dunipelt.table=$printed -Dunipelt.command="$command" \
        -cp "$class_path" "org.unipelt.cli.$program" "$@"
}

# Writes the archive: classes as a JVM holds them, so that it starts without reading them from jars. Takes some seconds of work, in
# which the JVM meets most classes. If that fails, an empty file says that there is nothing to try again.
make_archive() {
    mkdir -p "$cache" 2>/dev/null && scratch=$(mktemp -d "$cache/archive.XXXXXX" 2>/dev/null) || return 0
    trap 'rm -rf "$scratch"' EXIT
    echo "unipelt: preparing quick starts (once)" >&2
    (start ClassArchive -XX:ArchiveClassesAtExit="$scratch/classes.jsa" "$table" "$scratch/model") >/dev/null 2>&1 &
    wait_for $!
    [ -f "$scratch/classes.jsa" ] || : >"$scratch/classes.jsa"
    mv -f "$scratch/classes.jsa" "$archive"
    rm -rf "$scratch"
    trap - EXIT
}

launch() {
    set_up "$1"
    # One that does not fit the JVM or the class path is ignored.
    archive=$cache/classes${java_version:+-$java_version}${spark:+-spark}.jsa
    if [ ! -f "$archive" ] || [ -n "$(find "$built" -newer "$archive")" ]; then
        make_archive
    fi
    start Main -XX:SharedArchiveFile="$archive" "$@"
}
