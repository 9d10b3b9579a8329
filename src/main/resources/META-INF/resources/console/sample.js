/** People who do not exist, in several scripts. */

const NAMES = ['홍길동', '김민준', '이서연', '박지후', 'Ada Lovelace', 'Grace Hopper', 'José Álvarez', 'Zoë Müller', 'ليلى حداد', 'נועה כהן', '山田太郎', 'Nguyễn Văn An'];
const DEPARTMENTS = ['개발팀', '디자인팀', '영업팀', 'Engineering', 'Research & Development', 'Support', 'הנדסה', 'المبيعات'];

/** Fewer in the later departments, so that a chart has something to show. */
export function sample(i) {
  const department = DEPARTMENTS[Math.floor(DEPARTMENTS.length * Math.random() ** 1.6)];
  return {
    name: `${NAMES[i % NAMES.length]} ${i + 1}`,
    email: `sample-${i + 1}@example.com`,
    department,
    status: i % 7 === 0 ? 'INACTIVE' : 'ACTIVE',
  };
}
