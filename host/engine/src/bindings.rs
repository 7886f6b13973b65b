//! What wasmtime generates from `wit/`: one wide world that no component has to fill.
//!
//! Only the interfaces' `GuestIndices` are used, one interface at a time, and `COMPONENT_TYPE`, to
//! compare a plugin with. The world's own `…Pre` and `…Indices` want every export.

wasmtime::component::bindgen!({
    inline: "
        package wirt:host;
        world wide {
            export wirt:persistence/store@0.1.0;
            export wirt:persistence/batching@0.1.0;
            export wirt:persistence/tasks@0.1.0;
            export wirt:persistence/attachments@0.1.0;
            export wirt:persistence/sessions@0.1.0;
            export wirt:persistence/work-queue@0.1.0;
            export wirt:persistence/attachment-manifest@0.1.0;
            export wirt:persistence/artifacts@0.1.0;
            export wirt:persistence/transfer@0.1.0;
            export wirt:text/tokenizer@0.1.0;
            export wirt:text/embedder@0.1.0;
        }
    ",
    include_component_type: true,
    path: ["../../wit/persistence", "../../wit/text"],
});
