using System.IO.Compression;

namespace Stork.Tests.ClientFiles;

internal static class Decoding
{
    public static async Task<byte[]> ReadDecodedAsync(this HttpContent content)
    {
        await using var body = await content.ReadAsStreamAsync();
        await using Stream decoder = content.Headers.ContentEncoding.SingleOrDefault() switch
        {
            null => body,
            "br" => new BrotliStream(body, CompressionMode.Decompress),
            "gzip" => new GZipStream(body, CompressionMode.Decompress),
            "deflate" => new ZLibStream(body, CompressionMode.Decompress),
            var unknown => throw new InvalidDataException($"unexpected content coding {unknown}"),
        };
        var decoded = new MemoryStream();
        await decoder.CopyToAsync(decoded);
        return decoded.ToArray();
    }
}
