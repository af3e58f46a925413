using System.Text.RegularExpressions;

namespace PkiCore.Tests.Repository;

/// <summary>Which room may use which. A room is a folder of src/PkiCore or a project; its namespace bears the same name.</summary>
internal static partial class Arrows
{
    private static readonly Dictionary<string, string[]> s_mayUse = new(StringComparer.Ordinal)
    {
        ["Asn1"] = [],
        ["IO"] = [],
        ["X509"] = ["Asn1"],
        ["Signing"] = ["Asn1", "X509"],
        ["Pkcs11"] = ["Asn1", "X509", "Signing"],
        ["Status"] = ["X509"],
        ["Ocsp"] = ["Asn1", "X509", "Status"],
        ["Serving"] = ["Asn1", "X509", "Signing", "Status", "Ocsp", "IO"],
        ["Crl"] = ["Asn1", "X509", "Status", "Signing", "IO"],
    };

    private static readonly string[] s_projects = ["PkiCore", "AspNetCore", "Galera", "MariaDb", "Responder"];

    /// <summary>What is wrong with one file: its place, its namespace, or a name that it uses.</summary>
    public static IEnumerable<string> Violations(SourceFile file)
    {
        string? room = RoomOf(file.Path);
        if (room is null)
        {
            if (NamespacePattern().IsMatch(file.Code))
            {
                yield return $"{file.Path}: is in no room of the table";
            }

            yield break;
        }

        // Usings and fully qualified names alike: both begin with PkiCore.
        foreach (Match match in NamePattern().Matches(file.Code))
        {
            string name = match.Groups["name"].Value;
            bool isNamespace = match.Groups["namespace"].Success;
            string place = $"{file.Path}:{file.LineAt(match.Index)}";
            if (isNamespace && name != room)
            {
                yield return $"{place}: namespace PkiCore.{name} in room {room}";
            }
            else if (!isNamespace && name != room && !MayUse(room, name))
            {
                yield return $"{place}: {room} may not use {name}";
            }
        }
    }

    private static bool MayUse(string room, string other) => room switch
    {
        "Responder" => true,
        "AspNetCore" or "Galera" => s_mayUse.ContainsKey(other),
        "MariaDb" => false,
        _ => s_mayUse[room].Contains(other, StringComparer.Ordinal),
    };

    private static string? RoomOf(string path)
    {
        string[] parts = path.Split('/');
        string project = parts[1].Replace("PkiCore.", "", StringComparison.Ordinal);
        string room = project == "PkiCore" ? parts[2] : project;
        return s_mayUse.ContainsKey(room) || (s_projects.Contains(room, StringComparer.Ordinal) && room != "PkiCore") ? room : null;
    }

    [GeneratedRegex(@"(?<namespace>\bnamespace\s+)?(?<![\w.])PkiCore\.(?<name>\w+)", RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex NamePattern();

    [GeneratedRegex(@"^\s*namespace\s", RegexOptions.Multiline, 10_000)]
    private static partial Regex NamespacePattern();
}
