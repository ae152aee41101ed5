namespace Stork.ClientFiles;

/// <summary>The content codings (RFC 9110, 8.4.1) a client file is offered in, the preferred one first.</summary>
internal enum ContentCoding
{
    Brotli,
    Gzip,

    /// <summary>The zlib format, as HTTP means it, not a bare deflate stream.</summary>
    Deflate,

    /// <summary>The file as it is.</summary>
    Identity,
}
